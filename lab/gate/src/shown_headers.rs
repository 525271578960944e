//! The headers whose values are shown. Any other header may contain a token.

/// In lower case and in alphabetical order.
const SHOWN: [&str; 58] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-security-policy",
    "content-type",
    "date",
    "dnt",
    "etag",
    "expect",
    "expires",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "keep-alive",
    "last-event-id",
    "last-modified",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "range",
    "referrer-policy",
    "retry-after",
    "save-data",
    "sec-gpc",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "server",
    "strict-transport-security",
    "te",
    "timing-allow-origin",
    "trailer",
    "trailers",
    "transfer-encoding",
    "trilane-cursor",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "x-accel-buffering",
    "x-content-type-options",
    "x-frame-options",
];

/// Prefixes of names that are shown too.
const SHOWN_FAMILIES: [&str; 4] = [
    "access-control-",
    "cross-origin-",
    "sec-ch-ua",
    "sec-fetch-",
];

/// Returns whether the value of the header with this name is shown. Ignores case and trailing
/// spaces.
pub(super) fn is_shown(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.trim_ascii_end();
    SHOWN.iter().any(|shown| shown.as_bytes() == name)
        || SHOWN_FAMILIES
            .iter()
            .any(|family| name.starts_with(family.as_bytes()))
}
