//! The setting that selects a broker.

use super::{MAX_KEYS_MEMORY, Tls, TlsError, TlsFiles};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::{fmt, net::Ipv6Addr, str::FromStr};

/// The valid addresses of a broker.
const ALLOWED: &str = "memory, redis://[user:password@]host[:port][/db], the same with rediss:// \
                       for TLS, or unix:///path/to/socket[?db=N&user=USER&pass=PASSWORD]";

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
        if let Some(hint) = hint(text) {
            return Err(format!("{hint}; expected {ALLOWED}"));
        }
        // The parser's own error might repeat a password.
        let info = text
            .into_connection_info()
            .map_err(|_| format!("expected {ALLOWED}"))?;
        let settings = info.redis_settings();
        if settings.username().is_some() && settings.password().is_none() {
            return Err(format!("a user needs a password; expected {ALLOWED}"));
        }
        Ok(Self::Redis(info.into()))
    }
}

/// Returns what is wrong with an address that the parser would understand in another way.
fn hint(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once("://")?;
    match &*scheme.to_ascii_lowercase() {
        "redis" | "valkey" | "rediss" | "valkeys" => hint_for_host(rest),
        "unix" | "redis+unix" | "valkey+unix" => hint_for_socket(rest),
        _ => None,
    }
}

/// Characters that end user and password: the rest would be parsed as host, path or query.
fn hint_for_host(rest: &str) -> Option<&'static str> {
    let user_info = rest.rsplit_once('@').map(|(user_info, _)| user_info);
    if user_info.is_some_and(|text| text.contains(['@', '#', '/', '?'])) {
        Some("percent-encode the characters @ # / ? in user and password (%40 %23 %2F %3F)")
    } else if rest.ends_with("#insecure") {
        Some("certificates are always verified: name the root certificate with --broker-ca FILE")
    } else {
        None
    }
}

/// Characters that end the query, or stand for others in it.
fn hint_for_socket(rest: &str) -> Option<&'static str> {
    let (_, query) = rest.split_once('?')?;
    let is_known = |pair: &str| {
        ["db=", "user=", "pass=", "protocol="]
            .iter()
            .any(|name| pair.starts_with(name))
    };
    (query.contains(['#', '+']) || !query.split('&').all(is_known))
        .then_some("percent-encode the characters # & + in user and pass (%23 %26 %2B)")
}

impl Address {
    /// Reads and checks the files for TLS to this broker. Returns `None` for one without TLS.
    ///
    /// # Errors
    ///
    /// Returns an error if a file is unusable, or there is no TLS to use it for.
    pub fn load_tls(&self, files: &TlsFiles) -> Result<Option<Tls>, TlsError> {
        match self {
            Self::Redis(info) if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) => {
                Tls::load(files).map(Some)
            }
            _ => match files.first_flag() {
                Some(flag) => Err(TlsError::Unused { flag }),
                None => Ok(None),
            },
        }
    }

    /// Returns the most memory that the broker takes in this process beside its histories, in
    /// bytes: idempotency keys, or histories that are being loaded and messages that wait for them.
    pub(crate) fn most_memory(&self, channels: usize, history_bytes: usize) -> usize {
        match self {
            Self::Memory => MAX_KEYS_MEMORY,
            Self::Redis(_) => super::redis::most_memory(channels, history_bytes),
        }
    }
}

/// Shows a host and a port, or a path.
pub(super) fn shown(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }
            if host.parse::<Ipv6Addr>().is_ok() =>
        {
            format!("[{host}]:{port}")
        }
        other => other.to_string(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Redis(info) = self else {
            return f.write_str("memory");
        };
        let address = shown(info.addr());
        let tls = match info.addr() {
            ConnectionAddr::TcpTls { .. } => " with TLS",
            _ => "",
        };
        let database = info.redis_settings().db();
        write!(f, "Redis at {address}{tls}, database {database}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
