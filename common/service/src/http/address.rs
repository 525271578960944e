//! The address that limits count a request by.

use actix_web::HttpRequest;
use net::network;
use std::net::{IpAddr, SocketAddr};

/// Each proxy appends the address of its client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Returns the client's address, which is behind this number of trusted proxies.
///
/// Only the last `proxies` entries of the header are trusted: the client may write anything before
/// them. Returns `None` if the peer has disconnected.
pub(super) fn of(request: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let forwarded = if proxies > 0 {
        forwarded(request, proxies)
    } else {
        None
    };
    let peer = || request.peer_addr().map(|peer| peer.ip());
    forwarded.or_else(peer).map(network)
}

/// Returns the entry of the outermost trusted proxy, or the first one if there are fewer.
fn forwarded(request: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let lines = request
        .headers()
        .get_all(FORWARDED_FOR)
        .map(|line| line.as_bytes());
    // Only the entry in question must be text: the client may have written any bytes before it.
    let entries: Vec<_> = lines
        .flat_map(|line| line.split(|byte| *byte == b','))
        .collect();
    let outermost = entries[entries.len().saturating_sub(proxies)..].first()?;
    parse(std::str::from_utf8(outermost).ok()?.trim())
}

/// Parses an entry. Some proxies add the port, and some brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let without_brackets = entry.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = without_brackets.parse() {
        return Some(ip);
    }
    let with_port: SocketAddr = entry.parse().ok()?;
    Some(with_port.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn address(headers: &[&str], proxies: usize) -> String {
        let mut request = TestRequest::get().peer_addr("10.0.0.1:5000".parse().unwrap());
        for header in headers {
            request = request.append_header((FORWARDED_FOR, *header));
        }
        of(&request.to_http_request(), proxies).unwrap().to_string()
    }

    #[test]
    fn without_a_trusted_proxy_the_header_is_ignored() {
        assert_eq!(address(&[], 0), "10.0.0.1");
        assert_eq!(address(&["1.1.1.1"], 0), "10.0.0.1");
    }

    #[test]
    fn each_trusted_proxy_counts_one_entry_from_the_right() {
        assert_eq!(address(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6, 1.1.1.1, 10.0.0.2"], 2), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6", "1.1.1.1 ,10.0.0.2"], 2), "1.1.1.1");
        assert_eq!(address(&["1.1.1.1"], 2), "1.1.1.1");
    }

    #[test]
    fn ports_and_brackets_are_removed() {
        assert_eq!(address(&["1.1.1.1:80"], 1), "1.1.1.1");
        assert_eq!(address(&["[2001:db8::1]:80"], 1), "2001:db8::");
        assert_eq!(address(&["[2001:db8::1]"], 1), "2001:db8::");
    }

    #[test]
    fn without_an_address_the_peer_counts() {
        assert_eq!(address(&[], 1), "10.0.0.1");
        assert_eq!(address(&["unknown"], 1), "10.0.0.1");
        assert_eq!(address(&["1.1.1.1, "], 1), "10.0.0.1");
    }

    #[test]
    fn an_entry_of_the_client_cannot_hide_the_proxys() {
        let line =
            actix_web::http::header::HeaderValue::from_bytes(b"\xff\xfe, 192.0.2.7").unwrap();
        let request = TestRequest::get()
            .insert_header((FORWARDED_FOR, line))
            .to_http_request();
        assert_eq!(of(&request, 1).unwrap().to_string(), "192.0.2.7");
    }
}
