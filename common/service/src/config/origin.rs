//! Origins in settings, in the form that browsers send.
//!
//! An origin that no browser can send is refused, since it would silently match nothing.

use std::borrow::Cow;
use url::{ParseError, Url};

/// Why a text is not an origin that a browser sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidOrigin(String);

/// Normalises an origin. `*` stands for any.
///
/// Spaces around it, one slash after it and the scheme's default port are dropped. Scheme and host
/// become lower-case.
///
/// # Errors
///
/// Returns the reason why the text is not an origin.
pub fn origin(text: &str) -> Result<String, InvalidOrigin> {
    let invalid = |why: String| Err(InvalidOrigin(why));
    match text.trim() {
        "*" => Ok("*".to_owned()),
        "" => invalid("an origin is empty: expected origins separated by single commas".into()),
        "null" => invalid("null is the origin of any sandboxed page: only * allows it".into()),
        named => {
            normalise(named).or_else(|why| invalid(format!("{named:?} is not an origin: {why}")))
        }
    }
}

fn normalise(text: &str) -> Result<String, Cow<'static, str>> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("its scheme is missing, as in https://example.org")?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if let Some(why) = misplaced(scheme, authority) {
        return Err(why.into());
    }
    let url = Url::parse(&format!("{scheme}://{authority}")).map_err(describe)?;
    let sent = url.as_str().trim_end_matches('/');
    // However an IPv6 address is spelled, its meaning is clear. Another spelling of any other host
    // may be a mistake.
    if authority.starts_with('[') || authority.split(':').next() == url.host_str() {
        Ok(sent.to_owned())
    } else {
        Err(format!("a browser sends {sent}").into())
    }
}

/// Returns what is wrong if a part is missing, or if there is one that origins do not have.
fn misplaced(scheme: &str, authority: &str) -> Option<&'static str> {
    if ["ws", "wss"].contains(&scheme) {
        Some("the origin of a WebSocket is its page's, which begins with http or https")
    } else if authority.contains(['/', '?', '#', '\\', '@']) {
        Some("after its scheme it has a host and perhaps a port, without a user or a path")
    } else if authority.contains('*') {
        Some("* stands alone and allows any; name each host")
    } else if authority.is_empty() {
        Some("its host is missing")
    } else if authority.ends_with(':') {
        Some("its port is missing")
    } else {
        None
    }
}

fn describe(error: ParseError) -> Cow<'static, str> {
    match error {
        ParseError::RelativeUrlWithoutBase => {
            "its scheme has characters other than letters, digits, + - .".into()
        }
        ParseError::InvalidPort => "its port is not a number up to 65535".into(),
        host => format!("its host is wrong: {host}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_normalised_to_what_browsers_send() {
        for (text, expected) in [
            ("https://a.example", "https://a.example"),
            (" https://b.example ", "https://b.example"),
            ("https://a.example/", "https://a.example"),
            ("HTTPS://A.Example", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:80/", "http://a.example"),
            ("http://a.example:443", "http://a.example:443"),
            ("http://localhost:08000", "http://localhost:8000"),
            ("http://[0:0::1]:8000", "http://[::1]:8000"),
            ("http://[::1]", "http://[::1]"),
            ("http://[::FFFF:127.0.0.1]", "http://[::ffff:7f00:1]"),
            ("https://a.example.", "https://a.example."),
            ("https://my_host:8443", "https://my_host:8443"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("capacitor://localhost", "capacitor://localhost"),
            (
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
            ),
            ("*", "*"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn an_origin_that_no_browser_sends_is_refused() {
        for (text, words) in [
            ("a.example", "its scheme is missing"),
            ("localhost:8000", "its scheme is missing"),
            ("//a.example", "its scheme is missing"),
            ("://a.example", "its scheme has"),
            ("https://a.example/app", "or a path"),
            ("https://a.example//", "or a path"),
            ("https://a.example?x", "or a path"),
            ("https://*.a.example", "name each host"),
            ("https://user@a.example", "without a user"),
            (
                "https://b\u{fc}cher.example",
                "a browser sends https://xn--bcher-kva.example",
            ),
            ("https://a.example:", "its port"),
            ("https://a.example:65536", "its port"),
            ("https://a b", "its host"),
            ("https://", "its host"),
            ("http://[::1", "its "),
            ("http://[x]", "invalid IPv6"),
            ("http://256.0.0.1", "invalid IPv4"),
            ("http://127.1", "a browser sends http://127.0.0.1"),
            (
                "http://0x7f.1:8000",
                "a browser sends http://127.0.0.1:8000",
            ),
            ("HTTP://0X7F.1", "a browser sends http://127.0.0.1"),
            ("http://2130706433/", "a browser sends http://127.0.0.1"),
            ("http://127.0.0.01", "a browser sends http://127.0.0.1"),
            ("http://127.0.0.1.", "a browser sends http://127.0.0.1"),
            (
                "https://%61.example:443",
                "a browser sends https://a.example",
            ),
            (
                "https://\u{ff41}.example",
                "a browser sends https://a.example",
            ),
            ("wss://a.example", "its page's"),
            ("null", "sandboxed"),
            ("", "empty"),
            (" ", "empty"),
        ] {
            let why = origin(text).unwrap_err().to_string();
            assert!(why.contains(words), "{text:?}: {why}");
        }
    }
}
