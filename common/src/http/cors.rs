//! Which pages may use a service.

use super::{Problem, Service};
use crate::Config;
use actix_cors::Cors;
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
};
use std::net::IpAddr;

/// How long a browser may remember a preflight, in seconds.
const REMEMBERED: usize = 600;

/// Answers preflights, and lets pages of the configured origins read the answers. Where tokens are on they may send
/// cookies, unless any page may: one that nobody named must not read with somebody else's.
pub fn cors(config: &Config) -> Cors {
    let config = config.clone();
    let with_cookies = config.wants_tokens() && !config.allows_any_origin();
    let cors = if with_cookies { Cors::default().supports_credentials() } else { Cors::default() };
    cors.allowed_origin_fn(move |origin, _| config.allows_origin(origin.as_bytes()))
        .allowed_methods(["GET", "POST", "DELETE"])
        .allowed_headers(["authorization", "content-type", "idempotency-key", "last-event-id"])
        // What a page may otherwise not see: when to come back, and where.
        .expose_headers(["retry-after", "trilane-cursor"])
        .max_age(REMEMBERED)
}

/// The same check for a WebSocket handshake, which browsers send without asking first (RFC 6455 §10.2). Requests
/// without an `Origin` do not come from a page, and a service's own pages are welcome at its address.
pub fn origin_is_allowed(request: &HttpRequest, service: &Service) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let own = is_own(request, origin) && is_address(host_of(request));
    if own || service.config.allows_origin(origin.as_bytes()) {
        return Ok(());
    }
    let detail = format!("Origin {origin:?}: pages of {} may connect (--origins)", service.config.origins.join(", "));
    Err(Problem::new(403, "origin-not-allowed", detail))
}

/// Lets only this server's own pages pass, and whoever is no page: for controls that no other page may use. A browser
/// must have asked for it by an address or as localhost.
pub fn own_pages_only(request: &HttpRequest) -> Result<(), Problem> {
    let own = request.headers().get(header::ORIGIN).is_none_or(|origin| is_own(request, origin));
    match own && is_address(host_of(request)) {
        true => Ok(()),
        false => Err(Problem::new(
            403,
            "origin-not-allowed",
            "only pages of this very address may use this, by localhost or an IP address",
        )),
    }
}

/// Whether a page of this service itself sends the request.
pub(super) fn is_own(request: &HttpRequest, origin: &HeaderValue) -> bool {
    let origin = origin.to_str().unwrap_or_default();
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(|named| named == host_of(request))
}

fn host_of(request: &HttpRequest) -> &str {
    request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

/// Whether a host is an address, or localhost. Another name may be made to point here by whoever owns it (DNS
/// rebinding), and has to be among the allowed origins.
fn is_address(host: &str) -> bool {
    let port = |rest: &&str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(|(_, rest)| port(rest)).map_or(host, |(name, _)| name);
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_may_own_is_no_address() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:80", "192.168.1.2", "[::1]", "[::1]:8080"] {
            assert!(is_address(host), "{host}");
        }
        for host in ["", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"] {
            assert!(!is_address(host), "{host}");
        }
    }
}
