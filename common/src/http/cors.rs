//! Which pages may use a service.

use super::{Problem, Service};
use crate::Config;
use actix_cors::Cors;
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
};

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
/// without an `Origin` do not come from a page, and a service's own pages are always welcome.
pub fn origin_is_allowed(request: &HttpRequest, service: &Service) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    if is_own(request, origin) || service.config.allows_origin(origin.as_bytes()) {
        return Ok(());
    }
    let detail = format!("Origin {origin:?}: pages of {} may connect (--origins)", service.config.origins.join(", "));
    Err(Problem::new(403, "origin-not-allowed", detail))
}

/// Whether a page of this service itself sends the request.
pub(super) fn is_own(request: &HttpRequest, origin: &HeaderValue) -> bool {
    let host = request.headers().get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
    origin.as_bytes().splitn(3, |byte| *byte == b'/').nth(2) == Some(host)
}
