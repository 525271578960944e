//! Why a task was not begun.

use std::time::Duration;

/// Why a task was not begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskRefused {
    /// All slots for tasks of this size are taken.
    #[error("all slots for tasks of this size are taken")]
    Full {
        /// About how long until one is free.
        free_after: Duration,
    },
    /// The account has a task already.
    #[error("a task of this address or token waits or runs")]
    HasOne {
        /// About how long until it has ended.
        free_after: Duration,
    },
    /// The system starts no thread.
    #[error("the system has no thread for a task")]
    NoThread,
    /// The service is stopping.
    #[error("the service is stopping")]
    Draining,
}
