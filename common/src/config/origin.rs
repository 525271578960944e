//! Origins as settings name them, in the form in which browsers send them. One that no browser can send is refused: it
//! would match nothing, and nobody would see why.

use std::net::Ipv6Addr;

/// The schemes of pages whose port may be left out.
const DEFAULT_PORTS: [(&str, u16); 2] = [("http", 80), ("https", 443)];

/// Normalises an origin: spaces around it, one slash behind it and the scheme's own port are dropped, scheme and host
/// become lower-case. `*` is any. An error says what is wrong with it.
pub fn origin(text: &str) -> Result<String, String> {
    match text.trim() {
        "*" => Ok("*".to_owned()),
        "" => Err("an origin is empty: is there a comma too many?".to_owned()),
        "null" => Err("null comes from sandboxed pages of anybody: only * allows it".to_owned()),
        named => normal(named).map_err(|why| format!("{named:?} is no origin: {why}")),
    }
}

fn normal(text: &str) -> Result<String, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("its scheme is missing, as in https://example.org")?;
    let scheme = scheme.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(plain) {
        return Err("its scheme has other characters than letters, digits, + - .");
    }
    if ["ws", "wss"].contains(&&*scheme) {
        return Err("the origin of a WebSocket is its page's, which begins with http or https");
    }
    let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
    let is_default = DEFAULT_PORTS.contains(&(&*scheme, port.unwrap_or(0)));
    let port = port.filter(|_| !is_default).map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{}{port}", host.to_ascii_lowercase()))
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), &'static str> {
    if text.contains(['/', '?', '#', '\\']) {
        return Err("it ends with the host or the port, without a path");
    }
    if text.contains('*') {
        return Err("* stands alone and allows any; name each host");
    }
    if !text.is_ascii() {
        return Err("browsers send its host in ASCII, as xn--…");
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().map_err(|_| "its port is no number")?)),
        _ => (text, None),
    };
    Ok((checked_host(host)?, port))
}

fn checked_host(host: &str) -> Result<String, &'static str> {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Some(inside) = inside {
        let address = inside.parse::<Ipv6Addr>().map_err(|_| "its host is no IPv6 address")?;
        return Ok(format!("[{address}]"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match host.is_empty() || !host.bytes().all(plain) {
        true => Err("its host is missing, or has other characters than letters, digits, - . _"),
        false => Ok(host.to_owned()),
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
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("*", "*"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused_with_the_reason() {
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
            ("https://b\u{fc}cher.example", "xn--"),
            ("https://a.example:", "its port"),
            ("https://a.example:65536", "its port"),
            ("https://a b", "its host"),
            ("https://", "its host"),
            ("http://[::1", "its "),
            ("http://[x]", "no IPv6"),
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
