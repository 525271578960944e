//! The setting that selects a broker.

mod hints;
mod host_list;
mod invalid_address;
mod redis_address;
mod shown;
#[cfg(test)]
mod tests;

pub use invalid_address::{AddressMistake, InvalidAddress};
pub use redis_address::{RedisAddress, SentinelAddress};
pub(crate) use shown::shown;

use super::{Tls, TlsError, TlsFiles};
use std::{fmt, str::FromStr};

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
