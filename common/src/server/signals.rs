//! The signals that end a program.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a service.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Listens for SIGTERM and SIGINT from now on.
pub fn shut_down_signal() -> io::Result<Signals> {
    Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
}

impl Signals {
    /// Waits for the next of them.
    pub async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
