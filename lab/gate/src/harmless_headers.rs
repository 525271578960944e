//! The headers that a captured message may have. Any other header may contain a token.

/// In lower case and in alphabetical order, with spaces between them.
const HARMLESS: &str = "\
    accept accept-charset accept-encoding accept-language accept-ranges age allow \
    cache-control connection content-encoding content-language content-length content-range \
    content-security-policy content-type date dnt etag expect expires host if-match \
    if-modified-since if-none-match if-unmodified-since keep-alive last-event-id \
    last-modified max-forwards origin pragma priority range referrer-policy retry-after \
    save-data sec-gpc sec-websocket-accept sec-websocket-extensions sec-websocket-key \
    sec-websocket-version server strict-transport-security te timing-allow-origin trailer \
    trailers transfer-encoding trilane-cursor trilane-end trilane-reset upgrade \
    upgrade-insecure-requests user-agent vary via warning x-accel-buffering \
    x-content-type-options x-frame-options";

/// Prefixes of names that are harmless too.
const FAMILIES: [&str; 4] = [
    "access-control-",
    "cross-origin-",
    "sec-ch-ua",
    "sec-fetch-",
];

/// Returns whether the header with this name, in any case, contains no secret.
pub(super) fn contains(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HARMLESS.split(' ').any(|harmless| harmless == name)
        || FAMILIES.iter().any(|family| name.starts_with(family))
}
