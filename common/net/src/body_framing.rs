//! How actix finds the end of a request's body.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// How the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFraming {
    /// After the length that the headers declare, which may be zero.
    ContentLength,
    /// With its last chunk.
    Chunked,
    /// With the connection.
    Endless,
}

impl BodyFraming {
    /// Returns how the body after these headers ends.
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::TRANSFER_ENCODING) {
            Self::Chunked
        } else if offers_websocket(headers) {
            Self::Endless
        } else {
            Self::ContentLength
        }
    }
}

/// Returns whether actix takes all that follows a request's headers for its body, whatever length
/// they declare.
///
/// It does so for a request that offers a WebSocket.
pub fn has_endless_body(headers: &HeaderMap) -> bool {
    BodyFraming::of(headers) == BodyFraming::Endless
}

fn offers_websocket(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &HeaderValue| {
        let protocol = value.as_bytes().trim_ascii();
        protocol.eq_ignore_ascii_case(b"websocket")
    };
    headers.get_all(header::UPGRADE).any(is_websocket)
}
