//! The URL of a server under load.

use anyhow::Error;
use client::http_uri;
use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};

/// The URL of a resource. `ws://` becomes `http://`: it is the same server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// Host and port, as in the `Host` header.
    pub(crate) authority: String,
    /// Path and query. Begins with `/`.
    pub(crate) path: String,
}

impl Url {
    pub(crate) fn resolve(&self) -> io::Result<SocketAddr> {
        let port = self.authority.rsplit_once(':').map(|(_, port)| port);
        let full = match port.map(str::parse::<u16>) {
            Some(Ok(_)) => self.authority.clone(),
            _ => format!("{}:80", self.authority),
        };
        full.to_socket_addrs()?
            .next()
            .ok_or_else(|| io::Error::other(format!("{full} has no address")))
    }

    /// Returns another resource of this server.
    pub(crate) fn at(&self, path: String) -> Self {
        Self {
            authority: self.authority.clone(),
            path,
        }
    }

    /// Returns the same resource with one more query parameter.
    pub(crate) fn with(&self, parameter: &str) -> Self {
        let join = if self.path.contains('?') { '&' } else { '?' };
        self.at(format!("{}{join}{parameter}", self.path))
    }
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let uri = http_uri(text)?;
        Ok(Self {
            authority: uri.authority().map(ToString::to_string).unwrap_or_default(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_an_authority_and_a_path() {
        let url: Url = "ws://[::1]:8080/ws?channel=c".parse().unwrap();
        assert_eq!(
            (&*url.authority, &*url.path),
            ("[::1]:8080", "/ws?channel=c")
        );
        assert_eq!(
            url.with("after=0").to_string(),
            "http://[::1]:8080/ws?channel=c&after=0"
        );
        assert_eq!(url.resolve().unwrap(), "[::1]:8080".parse().unwrap());
        let url: Url = "http://127.0.0.1".parse().unwrap();
        assert_eq!(url.with("a=1").path, "/?a=1");
        assert_eq!(url.resolve().unwrap().port(), 80);
    }
}
