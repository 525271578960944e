//! What the gate shows and changes of a request.

/// Returns the path of a request target without anything that may be secret.
///
/// That excludes the query and parameters (a token), and the host of a URL (a password before it,
/// RFC 9112 section 3.2.2). A target that is neither a path nor a URL becomes `*`.
pub(super) fn path(target: &str) -> &str {
    let path = match target.split_once("://") {
        _ if target.starts_with('/') => target,
        Some((_, rest)) => rest.find('/').map_or("/", |begin| &rest[begin..]),
        None => "*",
    };
    path.split(['?', ';']).next().unwrap_or(path)
}

/// Returns request headers without the offer of another protocol, like a proxy that does not know
/// it.
///
/// `Upgrade`, `Connection` and `HTTP2-Settings` apply to one hop only (RFC 9110 sections 7.6.1,
/// 7.8).
pub(super) fn without_upgrade(headers: &[u8]) -> Vec<u8> {
    const HOP: [&str; 3] = ["upgrade", "connection", "http2-settings"];
    let is_hop = |line: &[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        HOP.iter()
            .any(|hop| name.eq_ignore_ascii_case(hop.as_bytes()))
    };
    headers
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !is_hop(line))
        .collect::<Vec<_>>()
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_contains_no_secrets() {
        for (target, shown) in [
            ("/messages?access_token=SECRET", "/messages"),
            ("/poll;SECRET?x", "/poll"),
            ("http://me:SECRET@host/events?x", "/events"),
            ("http://host", "/"),
            ("me:SECRET@host:443", "*"),
            ("*", "*"),
        ] {
            assert_eq!(path(target), shown, "{target}");
        }
    }

    #[test]
    fn only_the_offer_of_an_upgrade_is_removed() {
        let headers = b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
            connection: keep-alive, Upgrade\r\nX: y\r\n\r\n";
        assert_eq!(
            without_upgrade(headers),
            b"GET /ws?channel=c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
        );
    }
}
