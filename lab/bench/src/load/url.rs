//! The URL of a server under load.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};
use support::secrets::without_secrets;

/// Why a text is not the URL of a server, and what is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidUrl(String);

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
        let with_port = self
            .authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let full = if with_port {
            self.authority.clone()
        } else {
            format!("{}:80", self.authority)
        };
        full.to_socket_addrs()?
            .next()
            .ok_or_else(|| io::Error::other(format!("{full} has no address")))
    }

    /// Returns the same resource with one more query parameter.
    pub(crate) fn with(&self, parameter: &str) -> Self {
        let join = if self.path.contains('?') { '&' } else { '?' };
        Self {
            path: format!("{}{join}{parameter}", self.path),
            ..self.clone()
        }
    }
}

impl FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let example = || InvalidUrl("an address is http://HOST:PORT/PATH".to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(example)?;
        match scheme {
            "http" | "ws" => {}
            "https" | "wss" => {
                let plain = without_secrets(&format!("http://{rest}"));
                return Err(InvalidUrl(format!(
                    "lab has no TLS: give the address behind the proxy, {plain}"
                )));
            }
            _ => {
                let wrong = format!("{scheme}: an address begins with http:// or ws://");
                return Err(InvalidUrl(wrong));
            }
        }
        let uri: awc::http::Uri = format!("http://{rest}").parse().map_err(|_| example())?;
        let authority = uri.authority().filter(|authority| {
            // A user would have to become a header, which the load does not send.
            !authority.host().is_empty() && !authority.as_str().contains('@')
        });
        let authority = authority.ok_or_else(example)?.to_string();
        let path = uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        Ok(Self { authority, path })
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

    #[test]
    fn others_are_refused_with_a_remedy() {
        for (text, remedy) in [
            ("localhost:1", "http://HOST"),
            ("https://a/b", "http://a/b"),
            ("ftp://a", "begins with"),
            ("http://", "HOST"),
            ("http://me:hunter2@a", "HOST"),
        ] {
            let InvalidUrl(error) = text.parse::<Url>().unwrap_err();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }
}
