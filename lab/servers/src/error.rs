//! Why a spawned server is of no use.

use std::io;

/// Why a server did not start, or did not respond as expected.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// This program, or a connection to the server, failed.
    #[error("{what}: {cause}")]
    Io {
        /// What was attempted, or with which peer.
        what: String,
        /// Why it failed. The text has it: no `source` repeats it.
        cause: io::Error,
    },
    /// The process ended, or took too long, before it listened.
    #[error("{arguments}: {how}: {log}")]
    NotListening {
        /// Its arguments.
        arguments: String,
        /// How it failed.
        how: String,
        /// What it logged.
        log: String,
    },
    /// The response is not the expected one.
    #[error("{0}")]
    Response(String),
}

impl ServerError {
    /// Returns a function that adds what was attempted to an error.
    pub(crate) fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io {
            what: what.to_string(),
            cause,
        }
    }
}
