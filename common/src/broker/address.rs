//! Where messages go: the setting that picks a broker.

use super::MOST_KEYS_MEMORY;
use redis::{ConnectionInfo, IntoConnectionInfo};
use std::{fmt, str::FromStr};

/// What a broker's address may be.
const ALLOWED: &str =
    "memory, redis://[user:password@]host[:port][/db] or unix:///path/to/socket[?db=N]";

/// Which broker, and where. Never shows a password.
#[derive(Clone)]
pub enum Address {
    /// Within this process.
    Memory,
    /// A Redis or Valkey.
    Redis(Box<ConnectionInfo>),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        if text.starts_with("rediss:") || text.starts_with("valkeys:") {
            let instead = "reach Redis over a private network or a TLS tunnel";
            return Err(format!(
                "TLS is not built in: {instead}; allowed is {ALLOWED}"
            ));
        }
        if !hint(text).is_empty() {
            return Err(format!("{}allowed is {ALLOWED}", hint(text)));
        }
        // The parser's own error might repeat a password.
        text.into_connection_info()
            .map(|info| Self::Redis(info.into()))
            .map_err(|_| format!("allowed is {ALLOWED}"))
    }
}

/// What is wrong with a password that has characters in it which end one: the rest is taken for a host, a path or a query.
fn hint(text: &str) -> &'static str {
    let rest = ["redis://", "valkey://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match rest.and_then(|rest| rest.rsplit_once('@')) {
        Some((user_info, _)) if user_info.contains(['@', '#', '/', '?']) => {
            "percent-encode the characters @ # / ? in user and password (%40 %23 %2F %3F); "
        }
        _ => "",
    }
}

impl Address {
    /// The most memory that a broker takes in this process beside its logs, in bytes, with so many channels of so large a
    /// history: idempotency keys, or histories that are being loaded and messages that wait for them.
    pub(crate) fn most_memory(&self, channels: usize, history_bytes: usize) -> usize {
        match self {
            Self::Memory => MOST_KEYS_MEMORY,
            Self::Redis(_) => super::redis::most_memory(channels, history_bytes),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Redis(info) => write!(
                f,
                "Redis at {}, database {}",
                info.addr(),
                info.redis_settings().db()
            ),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_credentials() {
        for (text, shown) in [
            ("memory", "memory"),
            ("redis://localhost", "Redis at localhost:6379, database 0"),
            (
                "redis://me:hunter2@10.0.0.1:7000/3",
                "Redis at 10.0.0.1:7000, database 3",
            ),
            ("valkey://:hunter2@cache", "Redis at cache:6379, database 0"),
            (
                "unix:///run/redis.sock?db=2&pass=hunter2",
                "Redis at /run/redis.sock, database 2",
            ),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.to_string(), format!("{address:?}")),
                (shown.to_owned(), shown.to_owned())
            );
        }
    }

    #[test]
    fn a_password_that_has_to_be_encoded_is_refused_with_how() {
        for character in ['@', '#', '/', '?'] {
            for text in [
                format!("redis://:hun{character}ter2@host/0"),
                format!("redis://me:{character}hunter2@host:7000"),
            ] {
                let error = text.parse::<Address>().unwrap_err();
                assert!(
                    error.contains("percent-encode") && !error.contains("ter2"),
                    "{text:?}: {error}"
                );
            }
        }
        let encoded: Address = "redis://:%40%23%2F%3F@host".parse().unwrap();
        let Address::Redis(info) = encoded else {
            panic!("{encoded}")
        };
        assert_eq!(info.redis_settings().password(), Some("@#/?"));
        assert!(
            !"redis://h/hunter2"
                .parse::<Address>()
                .unwrap_err()
                .contains("percent-encode")
        );
    }

    #[test]
    fn a_bad_address_is_refused_with_what_is_allowed_and_never_repeated() {
        for text in [
            "",
            "redis",
            "localhost:6379",
            "http://hunter2@host",
            "rediss://:hunter2@host",
            "redis://h/hunter2",
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(
                error.contains("redis://[user:password@]host") && !error.contains("hunter2"),
                "{text:?}: {error}"
            );
            assert_eq!(error.contains("TLS"), text.starts_with("rediss:"));
        }
    }
}
