//! The head of a message: the little of it that says who wants what, and how long the body is.

use super::framing::Side;

/// What a head says that matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Its first line, in parts: method, target and version, or version, status and reason.
    pub(super) line: [String; 3],
    /// Whether it asks for an upgrade, or agrees to one.
    pub(super) upgrade: bool,
    /// Whether that may be one to WebSocket.
    pub(super) websocket: bool,
    /// What it says of its connection, and whether it is of HTTP/1.0.
    close: bool,
    keep_alive: bool,
    old: bool,
    pub(super) length: Option<u64>,
    pub(super) chunked: bool,
}

impl Head {
    /// None if it is not a head of HTTP/1.
    pub(super) fn parse(side: Side, bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes
            .split(|byte| *byte == b'\n')
            .map(|line| line.trim_ascii_end());
        let mut head = Self {
            line: first_line(lines.next()?)?,
            ..Self::default()
        };
        let version = if side == Side::Requests {
            &head.line[2]
        } else {
            &head.line[0]
        };
        if !version.starts_with("HTTP/1.") {
            return None;
        }
        head.old = version == "HTTP/1.0";
        lines
            .filter_map(header)
            .for_each(|(name, value)| head.note(&name, value));
        Some(head)
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

    /// The method of a request.
    pub(super) fn method(&self) -> &str {
        &self.line[0]
    }

    /// Whether the connection may be used again after this message (RFC 9112 §9.3).
    pub(super) fn persists(&self) -> bool {
        !self.close && (!self.old || self.keep_alive)
    }

    /// Whether a response begins another protocol (RFC 9110 §15.2.2).
    pub(super) fn switches_protocol(&self) -> bool {
        self.line[1] == "101"
    }

    /// What a request is for: the path of its target, without query and parameters, which may hold a token. Of an address
    /// (RFC 9112 §3.2.2) also without the host, before which there may be a password; `*` of what is neither.
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

/// The head of a request without what offers another protocol, as a proxy forwards it that knows no other: `Upgrade`,
/// `Connection` and what belongs to the offer of HTTP/2 are for this hop alone (RFC 9110 §7.6.1, §7.8).
pub(super) fn without_upgrade(head: &[u8]) -> Vec<u8> {
    const HOP: [&str; 3] = ["upgrade", "connection", "http2-settings"];
    let hop = |line: &[u8]| header(line).is_some_and(|(name, _)| HOP.contains(&&*name));
    head.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !hop(line))
        .collect::<Vec<_>>()
        .concat()
}

/// Whether a list with commas has this element, in any case.
fn lists(value: &str, element: &str) -> bool {
    value
        .split(',')
        .any(|listed| listed.trim().eq_ignore_ascii_case(element))
}

/// A header's name in lower case, and its value.
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

/// A byte of a method or a header's name (RFC 9110 §5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_knows_no_upgrade_forwards_the_rest() {
        let head = b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nconnection: keep-alive, Upgrade\r\nX: y\r\n\r\n";
        assert_eq!(
            without_upgrade(head),
            b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
        );
    }

    #[test]
    fn a_head_says_who_wants_what() {
        let bytes = b"POST /messages?access_token=x HTTP/1.1\r\nContent-LENGTH:  12 \r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
        let head = Head::parse(Side::Requests, bytes).unwrap();
        assert_eq!(
            (head.method(), head.path(), head.upgrade),
            ("POST", "/messages", false)
        );
        assert_eq!((head.length, head.chunked), (Some(12), true));
        for (target, path) in [
            ("/poll;SECRET?x", "/poll"),
            ("http://me:SECRET@host/events?x", "/events"),
            ("http://host", "/"),
            ("me:SECRET@host:443", "*"),
            ("*", "*"),
        ] {
            let head = Head::parse(
                Side::Requests,
                format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes(),
            )
            .unwrap();
            assert_eq!(head.path(), path, "{target}");
        }
        for other in [
            &b"GET / HTTP/2\r\n\r\n"[..],
            b"HELLO\r\n\r\n",
            b"\xff / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(Head::parse(Side::Requests, other), None);
        }
    }
    #[test]
    fn a_head_says_whether_its_connection_is_used_again_and_for_what() {
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
            let head = Head::parse(Side::Requests, bytes.as_bytes()).unwrap();
            assert_eq!(
                (head.persists(), head.websocket),
                (persists, websocket),
                "{bytes}"
            );
        }
    }
}
