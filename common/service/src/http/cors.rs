//! The origins whose pages may use a service (Fetch standard, "CORS protocol").
//!
//! A preflight of an allowed origin succeeds for any headers, since libraries and proxies add
//! unknown ones. A preflight of another origin is refused with a problem. Other requests are
//! handled whatever their origin is, and the browser keeps the response from the page: behind a
//! proxy that changes `Host`, a service cannot tell its own pages from others.

use super::{
    AppState, Problem,
    own_pages::{host_of, is_address, is_own},
};
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

/// How long a browser may cache a preflight, in seconds. It caches by URL.
const MAX_AGE: &str = "600";
const METHODS: &str = "GET, HEAD, POST, DELETE";
/// The response headers that a page needs to retry and to resume, and may not read by default.
const EXPOSED: &str = "retry-after, trilane-cursor, trilane-reset, trilane-end";
/// The request headers that the response to a preflight depends on.
const VARY: &str = "origin, access-control-request-method, access-control-request-headers";

/// Answers preflights, and lets pages of the allowed origins read the other responses.
pub(crate) async fn cors<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let service = request
        .app_data::<web::Data<AppState>>()
        .expect("every app is built with its state")
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
    if !config.access.allows_origin(origin.as_bytes()) {
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

/// Lets pages of an allowed origin read this response. A page may send credentials only if
/// `--origins` names its origin, as the cookie `trilane` is only read then.
fn allow(headers: &mut HeaderMap, origin: Option<&HeaderValue>, config: &Config) {
    let allowed = match origin {
        Some(origin) if config.access.names_origin(origin.as_bytes()) => {
            let credentials = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
            origin.clone()
        }
        Some(_) if config.access.allows_any_origin() => HeaderValue::from_static("*"),
        _ => return,
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    let exposed = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

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

fn not_allowed(origin: &HeaderValue, config: &Config) -> Problem {
    let detail = format!(
        "Origin {origin:?}: only pages of {} may use this (--origins)",
        config.access.origins.join(", ")
    );
    Problem::new(403, "origin-not-allowed", detail)
}
