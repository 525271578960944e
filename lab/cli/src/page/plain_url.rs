//! A URL that the page may connect to.

use serde::Serialize;
use std::str::FromStr;

/// A URL that is safe in a header. It may have a path, but neither a query nor a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlainUrl(String);

/// Parses the origin of a proxy with TLS.
pub(super) fn with_tls(text: &str) -> Result<PlainUrl, &'static str> {
    let url = text
        .parse::<PlainUrl>()
        .ok()
        .filter(|url| url.0 == format!("https://{}", url.origin().1));
    url.ok_or("expected https://HOST or https://HOST:PORT, without a path")
}

impl PlainUrl {
    /// Returns the scheme, and the host with its port.
    pub(crate) fn origin(&self) -> (&str, &str) {
        let (scheme, rest) = self.0.split_once("://").expect("`from_str` checks it");
        (scheme, rest.split('/').next().unwrap_or(rest))
    }
}

impl FromStr for PlainUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/%".contains(&byte);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let whole =
            matches!(scheme, "http" | "https") && !rest.is_empty() && !rest.starts_with(['/', ':']);
        let valid = whole && rest.bytes().all(plain);
        valid
            .then(|| Self(text.to_owned()))
            .ok_or("expected http://HOST:PORT or https://HOST, optionally with a path")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_an_origin() {
        let origin = |text: &str| {
            text.parse::<PlainUrl>()
                .map(|url| format!("{:?}", url.origin()))
        };
        assert_eq!(
            origin("http://a.example:3000").unwrap(),
            r#"("http", "a.example:3000")"#
        );
        assert_eq!(
            origin("https://a.example/poll/").unwrap(),
            r#"("https", "a.example")"#
        );
        for wrong in [
            "",
            "a",
            "ws://a",
            "http://",
            "http:///x",
            "http://:1",
            "http://a b",
            "http://a;x",
            "http://u@a",
            "http://a?b",
            "http://a'",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
