//! The signals that end a program.

use rustix::process::Signal as Number;
use std::{fs, future::pending, io};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a service.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

/// Waits for SIGTERM, SIGINT and SIGHUP from now on. A SIGHUP that is ignored, as under `nohup`,
/// stays ignored.
///
/// # Errors
///
/// Returns an error if the system refuses a signal handler.
pub fn shut_down_signal() -> io::Result<Signals> {
    let mut signals = cluster_shut_down_signal()?;
    if !is_ignored(Number::HUP) {
        signals.hang_up = Some(signal(SignalKind::hangup())?);
    }
    Ok(signals)
}

/// Waits for SIGTERM and SIGINT from now on. To several processes SIGHUP means a reload.
///
/// # Errors
///
/// If the system takes no more signal handlers.
pub fn cluster_shut_down_signal() -> io::Result<Signals> {
    Ok(Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hang_up: None,
    })
}

/// Ignores SIGHUP from now on.
///
/// # Errors
///
/// If the system takes no more signal handlers.
pub fn ignore_hang_up() -> io::Result<()> {
    signal(SignalKind::hangup()).map(drop)
}

impl Signals {
    /// Waits for the next signal.
    pub async fn recv(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Returns whether the program was started with this signal ignored. Where the system does not
/// report that, it was not.
fn is_ignored(signal: Number) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}
