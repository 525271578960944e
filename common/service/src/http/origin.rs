//! Requests that only some pages may send, whatever CORS allows.

use super::{AppState, Problem, cors::not_allowed};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
};
use std::net::IpAddr;

/// Checks the origin of a WebSocket handshake, for which browsers send no preflight (RFC 6455
/// §10.2).
///
/// Requests without an `Origin` do not come from a page, and the service's own pages are allowed.
///
/// # Errors
///
/// If the origin is not an allowed one.
pub fn origin_is_allowed(request: &HttpRequest, service: &AppState) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let is_own_page = is_own(request, origin) && is_address(host_of(request));
    if is_own_page || service.config.access.allows_origin(origin.as_bytes()) {
        return Ok(());
    }
    Err(not_allowed(origin, &service.config))
}

/// Refuses pages of other origins, for controls that only this server's own pages may use.
///
/// The page must have been loaded from an IP address or localhost. Requests that do not come from a
/// page pass.
///
/// # Errors
///
/// If another origin sent the request, or the page was loaded by a host name.
pub fn own_pages_only(request: &HttpRequest) -> Result<(), Problem> {
    let origin = request.headers().get(header::ORIGIN);
    let is_own_page = origin.is_none_or(|origin| is_own(request, origin));
    if is_own_page && is_address(host_of(request)) {
        return Ok(());
    }
    let detail =
        "only this server's own pages may use this, loaded from localhost or an IP address";
    Err(Problem::new(403, "origin-not-allowed", detail))
}

/// Returns whether the origin is this server's own.
pub(super) fn is_own(request: &HttpRequest, origin: &HeaderValue) -> bool {
    let origin = origin.to_str().unwrap_or_default();
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    host == Some(host_of(request))
}

fn host_of(request: &HttpRequest) -> &str {
    request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default()
}

/// Returns whether a host is an IP address or localhost. The owner of any other name may let it
/// point here (DNS rebinding), so such a name must be among the allowed origins.
fn is_address(host: &str) -> bool {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_may_own_is_not_an_address() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:80",
            "192.168.1.2",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_address(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_address(host), "{host}");
        }
    }
}
