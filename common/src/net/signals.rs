//! The signals that end a program.

use rustix::process::Signal as Number;
use std::{fs, io};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a service.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

/// Listens for SIGTERM, SIGINT and SIGHUP from now on. A SIGHUP that is ignored, as `nohup` has it, stays so.
pub fn shut_down_signal() -> io::Result<Signals> {
    let hang_up = if is_ignored(Number::HUP) {
        None
    } else {
        Some(signal(SignalKind::hangup())?)
    };
    Ok(Signals {
        hang_up,
        ..shut_down_signal_of_many()?
    })
}

/// Listens for SIGTERM and SIGINT from now on: SIGHUP means something else to several processes.
pub(crate) fn shut_down_signal_of_many() -> io::Result<Signals> {
    let (terminate, interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(Signals {
        terminate,
        interrupt,
        hang_up: None,
    })
}

/// From now on a SIGHUP does nothing to this process.
pub(crate) fn ignore_hang_up() -> io::Result<()> {
    signal(SignalKind::hangup()).map(drop)
}

impl Signals {
    /// Waits for the next of them.
    pub async fn recv(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Whether the program was started with this signal ignored. Where the system does not tell, it was not.
fn is_ignored(signal: Number) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}
