//! The start line and headers of an HTTP message, as far as the gate needs them.

use super::framing::MessageKind;

/// The start line, and what the headers say about the connection and the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageHeaders {
    /// The parts of the start line: method, target, version; or version, status code, reason.
    pub(super) line: [String; 3],
    /// Whether it requests an upgrade or agrees to one.
    pub(super) upgrade: bool,
    /// Whether the upgrade may be to WebSocket.
    pub(super) websocket: bool,
    /// The options of `Connection`, and whether the version is HTTP/1.0.
    close: bool,
    keep_alive: bool,
    old: bool,
    pub(super) length: Option<u64>,
    pub(super) chunked: bool,
}

impl MessageHeaders {
    /// Parses a start line and headers. Returns `None` if they are not HTTP/1.
    pub(super) fn parse(side: MessageKind, bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes
            .split(|byte| *byte == b'\n')
            .map(|line| line.trim_ascii_end());
        let mut headers = Self {
            line: first_line(lines.next()?)?,
            ..Self::default()
        };
        let version = if side == MessageKind::Requests {
            &headers.line[2]
        } else {
            &headers.line[0]
        };
        if !version.starts_with("HTTP/1.") {
            return None;
        }
        headers.old = version == "HTTP/1.0";
        lines
            .filter_map(header)
            .for_each(|(name, value)| headers.note(&name, value));
        Some(headers)
    }

    fn note(&mut self, name: &str, value: &[u8]) {
        let value = String::from_utf8_lossy(value);
        match name {
            "content-length" => self.length = value.parse().ok(),
            "transfer-encoding" => self.chunked = value.to_ascii_lowercase().ends_with("chunked"),
            "upgrade" => {
                self.upgrade = true;
                self.websocket |= lists(&value, "websocket");
            }
            "connection" => {
                self.close |= lists(&value, "close");
                self.keep_alive |= lists(&value, "keep-alive");
            }
            _ => {}
        }
    }

    /// Returns the method of a request.
    pub(super) fn method(&self) -> &str {
        &self.line[0]
    }

    /// Returns whether the connection persists after this message (RFC 9112 section 9.3).
    pub(super) fn persists(&self) -> bool {
        !self.close && (!self.old || self.keep_alive)
    }

    /// Returns whether a response switches to another protocol (RFC 9110 section 15.2.2).
    pub(super) fn switches_protocol(&self) -> bool {
        self.line[1] == "101"
    }

    /// Returns the path of a request without anything that may be secret.
    ///
    /// That excludes the query and parameters (a token), and the host of a URL (a password before
    /// it, RFC 9112 section 3.2.2). A target that is neither a path nor a URL becomes `*`.
    pub(super) fn path(&self) -> &str {
        let target = &*self.line[1];
        let path = match target.split_once("://") {
            _ if target.starts_with('/') => target,
            Some((_, rest)) => rest.find('/').map_or("/", |begin| &rest[begin..]),
            None => "*",
        };
        path.split(['?', ';']).next().unwrap_or(path)
    }
}

/// Returns request headers without the offer of another protocol, like a proxy that does not know
/// it.
///
/// `Upgrade`, `Connection` and `HTTP2-Settings` apply to one hop only (RFC 9110 sections 7.6.1,
/// 7.8).
pub(super) fn without_upgrade(headers: &[u8]) -> Vec<u8> {
    const HOP: [&str; 3] = ["upgrade", "connection", "http2-settings"];
    let hop = |line: &[u8]| header(line).is_some_and(|(name, _)| HOP.contains(&&*name));
    headers
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !hop(line))
        .collect::<Vec<_>>()
        .concat()
}

/// Returns whether a comma-separated list contains this element, in any case.
fn lists(value: &str, element: &str) -> bool {
    value
        .split(',')
        .any(|listed| listed.trim().eq_ignore_ascii_case(element))
}

/// Returns the lower-case name and the value of a header.
fn header(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&line[..colon])
        .ok()?
        .to_ascii_lowercase();
    Some((name, line[colon + 1..].trim_ascii()))
}

fn first_line(line: &[u8]) -> Option<[String; 3]> {
    let mut parts = std::str::from_utf8(line)
        .ok()?
        .splitn(3, ' ')
        .map(str::to_owned);
    Some([
        parts.next()?,
        parts.next()?,
        parts.next().unwrap_or_default(),
    ])
}

/// Returns whether a byte may be part of a method or a header name (RFC 9110 section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_offer_of_an_upgrade_is_removed() {
        let headers = b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nconnection: keep-alive, Upgrade\r\nX: y\r\n\r\n";
        assert_eq!(
            without_upgrade(headers),
            b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
        );
    }

    #[test]
    fn headers_are_parsed() {
        let bytes = b"POST /messages?access_token=x HTTP/1.1\r\nContent-LENGTH:  12 \r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
        let headers = MessageHeaders::parse(MessageKind::Requests, bytes).unwrap();
        assert_eq!(
            (headers.method(), headers.path(), headers.upgrade),
            ("POST", "/messages", false)
        );
        assert_eq!((headers.length, headers.chunked), (Some(12), true));
        for (target, path) in [
            ("/poll;SECRET?x", "/poll"),
            ("http://me:SECRET@host/events?x", "/events"),
            ("http://host", "/"),
            ("me:SECRET@host:443", "*"),
            ("*", "*"),
        ] {
            let headers = MessageHeaders::parse(
                MessageKind::Requests,
                format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes(),
            )
            .unwrap();
            assert_eq!(headers.path(), path, "{target}");
        }
        for other in [
            &b"GET / HTTP/2\r\n\r\n"[..],
            b"HELLO\r\n\r\n",
            b"\xff / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(MessageHeaders::parse(MessageKind::Requests, other), None);
        }
    }
    #[test]
    fn connection_and_upgrade_headers_are_parsed() {
        for (version, headers, persists, websocket) in [
            ("1.1", "", true, false),
            (
                "1.1",
                "Connection: Upgrade, Close\r\nUpgrade: h2c\r\n",
                false,
                false,
            ),
            (
                "1.1",
                "Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: foo, WebSocket\r\n",
                true,
                true,
            ),
            ("1.0", "", false, false),
            ("1.0", "Connection: Keep-Alive\r\n", true, false),
        ] {
            let bytes = format!("GET / HTTP/{version}\r\n{headers}\r\n");
            let headers = MessageHeaders::parse(MessageKind::Requests, bytes.as_bytes()).unwrap();
            assert_eq!(
                (headers.persists(), headers.websocket),
                (persists, websocket),
                "{bytes}"
            );
        }
    }
}
