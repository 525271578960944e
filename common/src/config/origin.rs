//! Origins in settings, in the form that browsers send.
//!
//! An origin that no browser can send is refused, since it would silently match nothing.

use url::Host;

/// The schemes of pages and their default ports, which browsers leave out.
const DEFAULT_PORTS: [(&str, u16); 2] = [("http", 80), ("https", 443)];

/// Normalises an origin. `*` stands for any.
///
/// Spaces around it, one slash after it and the scheme's default port are dropped. Scheme and host
/// become lower-case.
///
/// # Errors
///
/// Returns what is wrong with the origin.
pub fn origin(text: &str) -> Result<String, String> {
    match text.trim() {
        "*" => Ok("*".to_owned()),
        "" => Err("an origin is empty: expected origins separated by single commas".to_owned()),
        "null" => Err("null is the origin of any sandboxed page: only * allows it".to_owned()),
        named => normalise(named).map_err(|why| format!("{named:?} is not an origin: {why}")),
    }
}

fn normalise(text: &str) -> Result<String, String> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("its scheme is missing, as in https://example.org")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(is_plain)
    {
        return Err("its scheme has characters other than letters, digits, + - .".into());
    }
    if ["ws", "wss"].contains(&&*scheme) {
        return Err(
            "the origin of a WebSocket is its page's, which begins with http or https".into(),
        );
    }
    let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
    let default_port = DEFAULT_PORTS
        .iter()
        .find(|(known, _)| *known == scheme)
        .map(|(_, port)| *port);
    let host = host.to_ascii_lowercase();
    let parsed = if default_port.is_some() {
        Host::parse(&host)
    } else {
        Host::parse_opaque(&host)
    };
    let sent = parsed
        .map_err(|error| format!("its host is wrong: {error}"))?
        .to_string();
    let port = port
        .filter(|port| Some(*port) != default_port)
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let origin = format!("{scheme}://{sent}{port}");
    // Other spellings of an IPv6 address are obvious. Those of other hosts may be mistakes, so they
    // are refused.
    if sent == host || host.starts_with('[') {
        Ok(origin)
    } else {
        Err(format!("a browser sends {origin}"))
    }
}

fn host_and_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    if text.contains(['/', '?', '#', '\\']) {
        return Err("it ends with the host or the port, without a path");
    }
    if text.contains('*') {
        return Err("* stands alone and allows any; name each host");
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (
            host,
            Some(port.parse().map_err(|_| "its port is not a number")?),
        ),
        _ => (text, None),
    };
    if host.is_empty() {
        Err("its host is missing")
    } else {
        Ok((host, port))
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
            ("https://a.example/app", "without a path"),
            ("https://a.example//", "without a path"),
            ("https://a.example?x", "without a path"),
            ("https://*.a.example", "name each host"),
            ("https://user@a.example", "its host"),
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
            let why = origin(text).unwrap_err();
            assert!(why.contains(words), "{text:?}: {why}");
        }
    }
}
