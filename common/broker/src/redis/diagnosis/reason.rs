//! Why Redis is away, as far as an error shows it.

use crate::redis::{cluster::Redirect, errors::is_about_command, server::IS_SENTINEL};
use redis::{ErrorKind, RedisError};
use std::fmt;

/// The server redirects to another one, which only the broker of a cluster follows.
pub(in crate::redis) const NEEDS_CLUSTER: &str =
    "it is a node of a cluster, which needs redis+cluster://HOST:PORT";

/// The user may not run a command.
pub(in crate::redis) const MISSING_PERMISSION: &str = "its user lacks a permission";

/// Why Redis is away.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::redis) struct Diagnosis {
    /// What an operator has to change, if that is known. Contains no host or user, since clients
    /// see it.
    pub(in crate::redis) why: Option<&'static str>,
    /// The error itself.
    pub(in crate::redis) details: String,
}

impl Diagnosis {
    /// Describes an error by itself.
    pub(in crate::redis) fn of(error: &RedisError) -> Self {
        Self {
            why: refusal_of_setup(error),
            // The error of another protocol has several lines.
            details: error.to_string().lines().collect::<Vec<_>>().join(" "),
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Some(why) => write!(f, "{why}: {}", self.details),
            None => f.write_str(&self.details),
        }
    }
}

/// Returns what an error other than one of the connection has to say about the address.
fn refusal_of_setup(error: &RedisError) -> Option<&'static str> {
    let names = |text: &str| error.detail().is_some_and(|detail| detail.contains(text));
    match error.kind() {
        ErrorKind::Parse => Some("it is not a Redis"),
        _ if Redirect::of(error) == Some(Redirect::Moved) => Some(NEEDS_CLUSTER),
        _ if is_about_command(error) => Some(MISSING_PERMISSION),
        _ if names("DB index is out of range") => Some("it has no database with this number"),
        _ => error.code().and_then(refusal_by_code),
    }
}

/// Returns what the code of an error has to say about the address.
fn refusal_by_code(code: &str) -> Option<&'static str> {
    match code {
        IS_SENTINEL => Some("it is a sentinel, which needs redis+sentinel://HOST:PORT/MASTER"),
        "READONLY" => {
            Some("it is a replica: name its master, or redis+sentinel://HOST:PORT/MASTER")
        }
        "WRONGPASS" => Some("it does not accept the user or the password"),
        "NOAUTH" => Some("it needs a password"),
        "NOPERM" => Some(MISSING_PERMISSION),
        "CLUSTERDOWN" => Some("its cluster is down: some slots have no master"),
        _ => None,
    }
}

/// Describes a Redis that closes connections with TLS without a reason: it cannot send one before
/// the handshake.
pub(super) fn closed() -> Diagnosis {
    Diagnosis {
        why: Some("it closes connections, as if it had too many clients (maxclients)"),
        details: "no reason was received".to_owned(),
    }
}
