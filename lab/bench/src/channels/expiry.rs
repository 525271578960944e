//! The slowest response of a worker while the messages of all channels expire.

use crate::load::{clock, pace::Pace};
use anyhow::{Context, Result, bail};
use servers::spawned::SpawnedService;
use std::time::Duration;

/// Requests per second: one in every sweep, which is once a second, that takes a few milliseconds.
const RATE: f64 = 500.0;
/// How long messages may take to expire beside their age.
const PATIENCE: Duration = Duration::from_secs(30);
/// The metric of the bytes of all histories.
const HISTORY_BYTES: &str = "trilane_held_bytes{";

/// Requests the metrics until no message is left, and returns the longest time of a response from
/// its scheduled moment on.
pub(super) fn slowest_response(service: &SpawnedService, age: Duration) -> Result<Duration> {
    let mut client = service.client()?;
    let begin = clock::now();
    let (mut pace, mut slowest) = (Pace::open(RATE, begin), Duration::ZERO);
    let end = begin + age + PATIENCE;
    // Slow responses do not extend the wait.
    while let Some(moment) = pace.wait_until_due(end).filter(|_| clock::now() < end) {
        let metrics = client.get("/metrics")?;
        slowest = slowest.max(clock::now().saturating_sub(moment));
        if history_bytes(&metrics)? == 0 {
            return Ok(slowest);
        }
    }
    bail!("messages do not expire within {:.0?}", age + PATIENCE)
}

/// Returns the bytes of all histories in a response with metrics.
fn history_bytes(metrics: &str) -> Result<u64> {
    let line = metrics.lines().find(|line| line.starts_with(HISTORY_BYTES));
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.with_context(|| format!("the metrics have no {HISTORY_BYTES}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_histories_are_read_from_the_metrics() {
        let metrics =
            "# HELP trilane_held_bytes Bytes.\ntrilane_held_bytes{transport=\"sse\"} 71\n";
        assert_eq!(history_bytes(metrics).unwrap(), 71);
        assert!(history_bytes("").is_err());
    }
}
