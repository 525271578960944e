//! Handshakes, which only pages of allowed origins may send, whatever CORS allows.

use super::{
    AppState, Problem,
    cors::not_allowed,
    own_pages::{host_of, is_address, is_own},
};
use actix_web::{HttpRequest, http::header};

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
