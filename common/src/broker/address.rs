//! The setting that selects a broker.

use super::MAX_KEYS_MEMORY;
use redis::{ConnectionInfo, IntoConnectionInfo};
use std::{fmt, str::FromStr};

/// The valid addresses of a broker.
const ALLOWED: &str =
    "memory, redis://[user:password@]host[:port][/db] or unix:///path/to/socket[?db=N]";

/// A kind of broker and its address. Never shows a password.
#[derive(Clone)]
pub enum Address {
    /// The memory of this process.
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
                "TLS is not supported: {instead}; expected {ALLOWED}"
            ));
        }
        if !hint(text).is_empty() {
            return Err(format!("{}expected {ALLOWED}", hint(text)));
        }
        // The parser's own error might repeat a password.
        text.into_connection_info()
            .map(|info| Self::Redis(info.into()))
            .map_err(|_| format!("expected {ALLOWED}"))
    }
}

/// Returns a hint for user and password with characters that end them: the rest would be parsed as
/// host, path or query.
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
    /// Returns the most memory that the broker takes in this process beside its histories, in
    /// bytes: idempotency keys, or histories that are being loaded and messages that wait for them.
    pub(crate) fn most_memory(&self, channels: usize, history_bytes: usize) -> usize {
        match self {
            Self::Memory => MAX_KEYS_MEMORY,
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
    fn addresses_are_shown_without_credentials() {
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
    fn a_password_that_must_be_encoded_is_refused_with_a_hint() {
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
    fn a_refusal_says_what_is_expected_and_not_the_address() {
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
