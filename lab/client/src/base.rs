//! The URL of a service, and the parameters of a subscription.

use super::combined;
use anyhow::{Context, Error, anyhow, bail, ensure};
use awc::http::Uri;
use common::message::{
    ChannelList, ChannelName, InvalidChannelName, InvalidChannels, InvalidCursor,
};
use std::{fmt, str::FromStr};
use support::secrets::without_secrets;

/// What the address of a service is.
const ADDRESS: &str = "an address is http://HOST:PORT";

/// The base URL of a service, without a slash at the end. `ws://` becomes `http://`.
#[derive(Clone, Debug)]
pub struct Base(String);

/// The parameters of a subscription.
#[derive(Clone, Debug)]
pub struct Target {
    /// Address of the service.
    pub base: Base,
    /// Channels to read.
    pub channels: ChannelList,
    /// The cursor: a message id, or `0`; of several channels the combined cursor. `None` starts at
    /// the latest message.
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let uri = http_uri(text.trim_end_matches('/'))?;
        ensure!(
            uri.query().is_none(),
            "{ADDRESS}, perhaps with a path; a query is not sent"
        );
        Ok(Self(uri.to_string().trim_end_matches('/').to_owned()))
    }
}

/// Parses the URL of a server. `ws://` becomes `http://`: it is the same server.
///
/// # Errors
///
/// If it has no host, needs TLS, or has a user.
pub fn http_uri(text: &str) -> Result<Uri, Error> {
    let (scheme, rest) = text.split_once("://").context(ADDRESS)?;
    match scheme {
        "http" | "ws" => {}
        "https" | "wss" => {
            let plain = without_secrets(&format!("http://{rest}"));
            bail!("lab has no TLS: give the address behind the proxy, {plain}");
        }
        _ => bail!("{scheme}: an address begins with http:// or ws://"),
    }
    let uri: Uri = format!("http://{rest}")
        .parse()
        .map_err(|error| anyhow!("{error}: {ADDRESS}"))?;
    // A user would have to become a header, which is not sent.
    let has_host = uri
        .authority()
        .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
    ensure!(
        has_host,
        "{ADDRESS}, perhaps with a path; a user is not sent"
    );
    Ok(uri)
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
            .at(&format!("{path}?channel={}{after}", self.channels))
    }
}

/// Parses a channel name from the command line.
///
/// # Errors
///
/// If it is not a channel name.
pub fn channel(text: &str) -> Result<ChannelName, InvalidChannelName> {
    ChannelName::parse(text)
}

/// Parses channel names with commas from the command line.
///
/// # Errors
///
/// If they are not channels that can be read together.
pub fn channels(text: &str) -> Result<ChannelList, InvalidChannels> {
    ChannelList::parse(text.split(','))
}

/// Parses a cursor from the command line.
///
/// # Errors
///
/// If it is not a cursor.
pub fn cursor(text: &str) -> Result<String, InvalidCursor> {
    combined::check(text).map(|()| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, Error> {
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
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }

    #[test]
    fn a_subscription_names_its_channel_and_its_position() {
        let base = "http://a".parse().unwrap();
        let target = Target {
            base,
            channels: channels("main").unwrap(),
            after: None,
        };
        assert_eq!(target.url("/poll"), "http://a/poll?channel=main");
        let target = Target {
            after: Some("7-1".into()),
            ..target
        };
        assert_eq!(target.url("/poll"), "http://a/poll?channel=main&after=7-1");
        let target = Target {
            channels: channels("main,b").unwrap(),
            after: Some("main@7-1".into()),
            ..target
        };
        assert_eq!(
            target.url("/ws"),
            "http://a/ws?channel=main,b&after=main@7-1"
        );
    }
}
