//! Responses that are written before actix has a request: no handler and no middleware adds their
//! headers.

/// The most bytes of a request line and its headers.
pub(super) const MAX_HEADER_BYTES: usize = 8 * 1024;
/// The most header lines of a request. actix's table has 208 bytes for each, and doubles beyond
/// this number.
pub(super) const MAX_HEADERS: usize = 56;

/// The same for pages of any origin, since the request's origin is unknown.
const HEADERS: &str = "cache-control: no-store\r\n\
    access-control-allow-origin: *\r\n\
    access-control-expose-headers: retry-after\r\n\
    connection: close\r\n";

/// Returns the response to a connection beyond the limit.
pub(super) fn too_many_connections() -> String {
    format!(
        "HTTP/1.1 503 Service Unavailable\r\n\
         retry-after: 5\r\n\
         content-length: 0\r\n\
         {HEADERS}\r\n"
    )
}

/// Returns the response to headers that are too large.
pub(super) fn headers_too_large() -> String {
    let detail = format!(
        "a request's headers have at most {MAX_HEADER_BYTES} bytes and {MAX_HEADERS} lines"
    );
    let body =
        format!(r#"{{"detail":"{detail}","status":431,"title":"Request Header Fields Too Large","#)
            + r#""type":"urn:trilane:problem:head-too-large"}"#;
    let length = body.len();
    format!(
        "HTTP/1.1 431 Request Header Fields Too Large\r\n\
         content-type: application/problem+json\r\n\
         content-length: {length}\r\n\
         {HEADERS}\r\n{body}"
    )
}
