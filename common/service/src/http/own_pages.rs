//! Requests of this server's own pages.

use super::Problem;
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
};
use std::net::IpAddr;

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

pub(super) fn host_of(request: &HttpRequest) -> &str {
    request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default()
}

/// Returns whether a host is an IP address or localhost. The owner of any other name may let it
/// point here (DNS rebinding), so such a name must be among the allowed origins.
pub(super) fn is_address(host: &str) -> bool {
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
