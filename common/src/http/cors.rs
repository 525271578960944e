//! The origins whose pages may use a service (Fetch standard, "CORS protocol").
//!
//! A preflight of an allowed origin succeeds for any headers, since libraries and proxies add unknown ones. A preflight
//! of another origin is refused with a problem. Other requests are handled whatever their origin is, and the browser keeps
//! the response from the page: behind a proxy that changes `Host`, a service cannot tell its own pages from others.

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

/// How long a browser may cache a preflight, in seconds. It caches by URL.
const MAX_AGE: &str = "600";
const METHODS: &str = "GET, HEAD, POST, DELETE";
/// The response headers that a page needs to retry and to resume, and may not read by default.
const EXPOSED: &str = "retry-after, trilane-cursor";
/// The request headers that the response to a preflight depends on.
const VARY: &str = "origin, access-control-request-method, access-control-request-headers";

/// Answers preflights, and lets pages of the allowed origins read the other responses.
pub(crate) async fn cors<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let service = request
        .app_data::<web::Data<AppState>>()
        .expect("every app has its state")
        .clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    if let Some(origin) = origin.as_ref().filter(|_| is_preflight(&request)) {
        let response = preflight(&request, origin, &service.config);
        return Ok(request.into_response(response).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    // A page cannot read the response to a handshake, and the handler has checked its origin.
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
    response.insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE));
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

/// Lets pages of an allowed origin read this response. A page may send credentials only if `--origins` names its origin,
/// as the cookie `trilane` is only read then.
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
        "Origin {origin:?}: only pages of {} may use this (--origins)",
        config.origins.join(", ")
    );
    Problem::new(403, "origin-not-allowed", detail)
}

/// Checks the origin of a WebSocket handshake, for which browsers send no preflight (RFC 6455 §10.2).
///
/// Requests without an `Origin` do not come from a page, and the service's own pages are allowed.
pub fn origin_is_allowed(request: &HttpRequest, service: &AppState) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let is_own_page = is_own(request, origin) && is_address(host_of(request));
    if is_own_page || service.config.allows_origin(origin.as_bytes()) {
        return Ok(());
    }
    Err(not_allowed(origin, &service.config))
}

/// Refuses pages of other origins, for controls that only this server's own pages may use.
///
/// The page must have been loaded from an IP address or localhost. Requests that do not come from a page pass.
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

/// Returns whether a host is an IP address or localhost. The owner of any other name may let it point here (DNS
/// rebinding), so such a name must be among the allowed origins.
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
