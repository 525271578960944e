//! Reports retries on standard error.

use client::{Base, Transport};
use std::{mem, time::Duration};
use support::console::NOT_RUNNING;

/// Reports the retries of one service. The first one at the default address says how to start a
/// service, and how to name another one.
pub(crate) struct RetryLog {
    base: Base,
    needs_hint: bool,
}

impl RetryLog {
    /// Creates the log of the service at `url`, or at the default address of `transport`.
    pub(crate) fn new(url: Option<Base>, transport: Transport) -> Self {
        Self {
            needs_hint: url.is_none(),
            base: url.unwrap_or_else(|| client::usual_base(transport)),
        }
    }

    /// Returns the address of the service.
    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    /// Records that the service has responded.
    pub(crate) fn responded(&mut self) {
        self.needs_hint = false;
    }

    /// Returns the report of a failure, and of the wait before the next attempt.
    pub(crate) fn report(&mut self, wait: Duration, why: &str) -> String {
        let seconds = wait.as_secs_f64();
        let report = format!("{}: {why}; retrying in {seconds:.1} s", self.base);
        if mem::take(&mut self.needs_hint) {
            format!("{report}\n{NOT_RUNNING}")
        } else {
            report
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(url: Option<&str>) -> RetryLog {
        RetryLog::new(url.map(|url| url.parse().unwrap()), Transport::Sse)
    }

    fn report(log: &mut RetryLog) -> String {
        log.report(Duration::from_millis(1500), "refused")
    }

    #[test]
    fn the_first_report_about_the_default_address_has_a_hint() {
        let plain = "http://localhost:3001: refused; retrying in 1.5 s";
        let mut log = log(None);
        assert_eq!(report(&mut log), format!("{plain}\n{NOT_RUNNING}"));
        assert_eq!(report(&mut log), plain);
    }

    #[test]
    fn a_chosen_address_and_a_running_service_need_no_hint() {
        let mut chosen = log(Some("http://localhost:1"));
        assert_eq!(
            report(&mut chosen),
            "http://localhost:1: refused; retrying in 1.5 s"
        );
        let mut running = log(None);
        running.responded();
        assert!(!report(&mut running).contains(NOT_RUNNING));
    }
}
