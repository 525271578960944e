//! The URL of a service, and the parameters of a subscription.

use common::message::{ChannelName, Cursor};
use std::{fmt, str::FromStr};
use support::secrets::without_secrets;

/// The base URL of a service, without a slash at the end. `ws://` becomes `http://`.
#[derive(Clone, Debug)]
pub struct Base(String);

/// The parameters of a subscription.
#[derive(Clone, Debug)]
pub struct Target {
    /// Address of the service.
    pub base: Base,
    /// Channel to read.
    pub channel: ChannelName,
    /// The cursor: a message id, or `0`. `None` starts at the latest message.
    pub after: Option<String>,
}

impl Base {
    /// Returns the URL of a server on this machine.
    pub fn local(port: u16) -> Self {
        Self(format!("http://localhost:{port}"))
    }

    /// Returns the URL of a path of the service.
    pub fn at(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.0)
    }
}

impl FromStr for Base {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("an address is http://HOST:PORT")?;
        match scheme {
            "http" | "ws" => {}
            "https" | "wss" => {
                let plain = without_secrets(&format!("http://{rest}"));
                return Err(format!(
                    "lab has no TLS: give the address behind the proxy, {plain}"
                ));
            }
            _ => return Err(format!("{scheme}: an address begins with http:// or ws://")),
        }
        let url = format!("http://{rest}");
        let uri: awc::http::Uri = url
            .parse()
            .map_err(|error| format!("{error}: an address is http://HOST:PORT"))?;
        match uri.host() {
            Some(host) if !host.is_empty() && uri.query().is_none() && !url.contains('@') => Ok(Self(url)),
            _ => Err("an address is http://HOST:PORT, perhaps with a path; a user or a query is not sent".to_owned()),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Target {
    /// Returns the URL of this subscription at `path`. Channels and cursors need no escaping.
    pub fn url(&self, path: &str) -> String {
        let after = self
            .after
            .as_ref()
            .map(|after| format!("&after={after}"))
            .unwrap_or_default();
        self.base
            .at(&format!("{path}?channel={}{after}", self.channel))
    }
}

/// Parses a channel name from the command line.
pub fn channel(text: &str) -> Result<ChannelName, String> {
    ChannelName::parse(text).map_err(|invalid| invalid.to_string())
}

/// Parses a cursor from the command line.
pub fn cursor(text: &str) -> Result<String, String> {
    text.parse::<Cursor>()
        .map(|_| text.to_owned())
        .map_err(|invalid| invalid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        text.parse().map(|base: Base| base.to_string())
    }

    #[test]
    fn an_address_is_taken_with_or_without_slash_and_path() {
        assert_eq!(
            parse("http://localhost:3000").unwrap(),
            "http://localhost:3000"
        );
        assert_eq!(
            parse("http://localhost:3000/").unwrap(),
            "http://localhost:3000"
        );
        assert_eq!(parse("ws://[::1]:8080").unwrap(), "http://[::1]:8080");
        assert_eq!(
            parse("http://example.org/lanes/").unwrap(),
            "http://example.org/lanes"
        );
    }

    #[test]
    fn other_addresses_are_refused_with_a_remedy() {
        for (text, remedy) in [
            ("localhost:3000", "http://HOST:PORT"),
            ("https://a.org", "http://a.org"),
            ("ftp://a", "begins with http://"),
            ("http://", "http://HOST:PORT"),
            ("http://a?b", "http://HOST:PORT"),
            ("http://me:hunter2@a", "http://HOST:PORT"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }

    #[test]
    fn a_subscription_names_its_channel_and_its_position() {
        let base = "http://a".parse().unwrap();
        let target = Target {
            base,
            channel: ChannelName::main(),
            after: None,
        };
        assert_eq!(target.url("/poll"), "http://a/poll?channel=main");
        let target = Target {
            after: Some("7-1".into()),
            ..target
        };
        assert_eq!(target.url("/poll"), "http://a/poll?channel=main&after=7-1");
    }
}
