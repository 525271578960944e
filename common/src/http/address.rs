//! Whose request this is, as an address that limits can count by.

use crate::net::network;
use actix_web::HttpRequest;
use std::net::{IpAddr, SocketAddr};

/// Written by proxies, each of which appends the address that it was called from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where a request comes from, behind so many proxies of our own. What stands to the left of theirs in the header was
/// written by the client, who may write anything. None for a peer that has left by now.
pub(super) fn of(request: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let peer = || request.peer_addr().map(|peer| peer.ip());
    let forwarded = if proxies > 0 {
        forwarded(request, proxies)
    } else {
        None
    };
    forwarded.or_else(peer).map(network)
}

/// The address that the outermost of our proxies was called from; if the request came past fewer of them, the first.
fn forwarded(request: &HttpRequest, proxies: usize) -> Option<IpAddr> {
    let lines = request
        .headers()
        .get_all(FORWARDED_FOR)
        .map(|line| line.as_bytes());
    // Only the one that counts is read: a client may write no text at all into its own.
    let entries: Vec<_> = lines
        .flat_map(|line| line.split(|byte| *byte == b','))
        .collect();
    let outermost = entries[entries.len().saturating_sub(proxies)..].first()?;
    parse(std::str::from_utf8(outermost).ok()?.trim())
}

/// Some proxies write the port too, and some brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .ok()
        .or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))
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
    fn without_a_proxy_of_ours_the_header_means_nothing() {
        assert_eq!(address(&[], 0), "10.0.0.1");
        assert_eq!(address(&["1.1.1.1"], 0), "10.0.0.1");
    }

    #[test]
    fn each_proxy_is_believed_one_entry_from_the_right() {
        assert_eq!(address(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6, 1.1.1.1, 10.0.0.2"], 2), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6", "1.1.1.1 ,10.0.0.2"], 2), "1.1.1.1");
        assert_eq!(address(&["1.1.1.1"], 2), "1.1.1.1");
    }

    #[test]
    fn ports_and_brackets_are_taken_off() {
        assert_eq!(address(&["1.1.1.1:80"], 1), "1.1.1.1");
        assert_eq!(address(&["[2001:db8::1]:80"], 1), "2001:db8::");
        assert_eq!(address(&["[2001:db8::1]"], 1), "2001:db8::");
    }

    #[test]
    fn what_is_no_address_is_the_peers() {
        assert_eq!(address(&[], 1), "10.0.0.1");
        assert_eq!(address(&["unknown"], 1), "10.0.0.1");
        assert_eq!(address(&["1.1.1.1, "], 1), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_cannot_hide_what_the_proxy_did() {
        let line =
            actix_web::http::header::HeaderValue::from_bytes(b"\xff\xfe, 192.0.2.7").unwrap();
        let request = TestRequest::get()
            .insert_header((FORWARDED_FOR, line))
            .to_http_request();
        assert_eq!(of(&request, 1).unwrap().to_string(), "192.0.2.7");
    }
}
