//! The setting that selects a broker.

mod hints;
mod host_list;
mod invalid_address;
mod redis_address;
#[cfg(test)]
mod tests;

pub use invalid_address::{AddressMistake, InvalidAddress};
pub use redis_address::{RedisAddress, SentinelAddress};

use super::{MAX_KEYS_MEMORY, Tls, TlsError, TlsFiles};
use redis::ConnectionAddr;
use std::{fmt, net::Ipv6Addr, str::FromStr};

/// A kind of broker and its address. Never shows a password.
#[derive(Clone)]
pub enum Address {
    /// The memory of this process.
    Memory,
    /// A Redis or Valkey.
    Redis(Box<RedisAddress>),
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        Ok(Self::Redis(Box::new(text.parse()?)))
    }
}

impl Address {
    /// Reads and checks the files for TLS to this broker. Returns `None` for one without TLS.
    ///
    /// # Errors
    ///
    /// Returns an error if a file is unusable, or there is no TLS to use it for.
    pub fn load_tls(&self, files: &TlsFiles) -> Result<Option<Tls>, TlsError> {
        match self {
            Self::Redis(address) if address.uses_tls() => Tls::load(files).map(Some),
            _ => match files.first_flag() {
                Some(flag) => Err(TlsError::Unused { flag }),
                None => Ok(None),
            },
        }
    }

    /// Returns the most memory that the broker takes in this process beside its histories, in
    /// bytes: idempotency keys, or histories that are being loaded and messages that wait for them.
    pub fn most_memory(&self, channels: usize, history_bytes: usize) -> usize {
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
        let Self::Redis(address) = self else {
            return f.write_str("memory");
        };
        let tls = if address.uses_tls() { " with TLS" } else { "" };
        write!(f, "Redis at {}{tls}", address.shown())?;
        match address.database() {
            Some(database) => write!(f, ", database {database}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
