//! Which pages may use a service (Fetch standard, "CORS protocol").
//!
//! A preflight of an allowed origin succeeds for whatever headers the page wants to send: a page that may send its own
//! gains nothing by one more, and traces, libraries and proxies add some that nobody here knows. A preflight of another
//! origin is refused with a problem. Other requests are answered whatever their origin is, and browsers keep the answer
//! from the page: behind a proxy that changes `Host` a service cannot tell its own pages from foreign ones.

use super::{AppState, Problem};
use crate::Config;
use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};
use std::net::IpAddr;

/// How long a browser may remember a preflight, in seconds. It remembers it for the very URL only.
const REMEMBERED: &str = "600";
const METHODS: &str = "GET, HEAD, POST, DELETE";
/// What a page may otherwise not see: when to come back, and where.
const EXPOSED: &str = "retry-after, trilane-cursor";
/// What the answer to a preflight depends on.
const VARY: &str = "origin, access-control-request-method, access-control-request-headers";

/// Answers preflights, and lets pages of the allowed origins read the other responses.
pub(crate) async fn cors<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let service = request
        .app_data::<web::Data<AppState>>()
        .expect("every app has its service")
        .clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    if let Some(origin) = origin.as_ref().filter(|_| is_preflight(&request)) {
        let response = preflight(&request, origin, &service.config);
        return Ok(request.into_response(response).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    // A handshake is no response that a page could read; the handler has looked at its origin.
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response
            .headers_mut()
            .append(header::VARY, HeaderValue::from_static("origin"));
        allow(response.headers_mut(), origin.as_ref(), &service.config);
    }
    Ok(response.map_into_left_body())
}

fn is_preflight(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(request: &ServiceRequest, origin: &HeaderValue, config: &Config) -> HttpResponse {
    if !config.allows_origin(origin.as_bytes()) {
        let mut refusal = not_allowed(origin, config).error_response();
        refusal
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static(VARY));
        return refusal;
    }
    let mut response = HttpResponse::NoContent();
    response.insert_header((header::VARY, VARY));
    response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    response.insert_header((header::ACCESS_CONTROL_MAX_AGE, REMEMBERED));
    if let Some(headers) = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
    {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, headers));
    }
    let mut response = response.finish();
    allow(response.headers_mut(), Some(origin), config);
    response
}

/// Lets the page read this response if its origin is allowed, and send credentials if its origin is named: the cookie
/// `trilane` counts for those only, and no other is looked at.
fn allow(headers: &mut HeaderMap, origin: Option<&HeaderValue>, config: &Config) {
    let Some(origin) = origin else { return };
    if config.names_origin(origin.as_bytes()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    } else if config.allows_any_origin() {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
    } else {
        return;
    }
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
}

fn not_allowed(origin: &HeaderValue, config: &Config) -> Problem {
    let detail = format!(
        "Origin {origin:?}: pages of {} may use this (--origins)",
        config.origins.join(", ")
    );
    Problem::new(403, "origin-not-allowed", detail)
}

/// The same check for a WebSocket handshake, which browsers send without asking first (RFC 6455 §10.2). Requests
/// without an `Origin` do not come from a page, and a service's own pages are welcome at its address.
pub fn origin_is_allowed(request: &HttpRequest, service: &AppState) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let own = is_own(request, origin) && is_address(host_of(request));
    if own || service.config.allows_origin(origin.as_bytes()) {
        return Ok(());
    }
    Err(not_allowed(origin, &service.config))
}

/// Lets only this server's own pages pass, and whoever is no page: for controls that no other page may use. A browser
/// must have asked for it by an address or as localhost.
pub fn own_pages_only(request: &HttpRequest) -> Result<(), Problem> {
    let own = request
        .headers()
        .get(header::ORIGIN)
        .is_none_or(|origin| is_own(request, origin));
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
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(|named| named == host_of(request))
}

fn host_of(request: &HttpRequest) -> &str {
    request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default()
}

/// Whether a host is an address, or localhost. Another name may be made to point here by whoever owns it (DNS
/// rebinding), and has to be among the allowed origins.
fn is_address(host: &str) -> bool {
    let port = |rest: &&str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let name = host
        .rsplit_once(':')
        .filter(|(_, rest)| port(rest))
        .map_or(host, |(name, _)| name);
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_may_own_is_no_address() {
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
