//! The opening handshake (RFC 6455 §4.2).

use actix_http::ws::{HandshakeError, hash_key, verify_handshake};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode, Version,
        header::{self, HeaderValue},
    },
};
use common::http::Problem;

/// The head of the 101 answer. No subprotocol and no extension is ever chosen, which means that none is used.
pub(crate) fn accept(request: &HttpRequest) -> Result<HttpResponseBuilder, Problem> {
    if request.version() < Version::HTTP_11 {
        return Err(Problem::new(426, "upgrade-required", "HTTP/1.1 is where a WebSocket begins"));
    }
    verify_handshake(request.head()).map_err(|error| refuse(&error))?;
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).filter(|key| is_nonce(key));
    let key = hash_key(key.ok_or_else(|| refuse(&HandshakeError::BadWebsocketKey))?.as_bytes());
    let mut head = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    head.upgrade("websocket");
    head.insert_header((header::SEC_WEBSOCKET_ACCEPT, HeaderValue::from_bytes(&key).expect("base64 is visible")));
    Ok(head)
}

/// 16 bytes in base64 (RFC 6455 §4.1 item 7).
fn is_nonce(key: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.as_bytes().strip_suffix(b"==").is_some_and(|digits| digits.len() == 22 && digits.iter().all(plain))
}

/// Removes what actix takes for granted: these are no content (RFC 6455 §4.2.2).
pub(crate) fn without_content_type(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

fn refuse(error: &HandshakeError) -> Problem {
    let upgrade = |detail| Problem::new(426, "upgrade-required", detail);
    match error {
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => {
            upgrade("Sec-WebSocket-Version: 13 is what this speaks").with(header::SEC_WEBSOCKET_VERSION, 13)
        }
        HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
            upgrade("this is a WebSocket: send Upgrade: websocket and Connection: Upgrade")
                .with(header::UPGRADE, "websocket")
        }
        HandshakeError::BadWebsocketKey | HandshakeError::GetMethodRequired => {
            Problem::new(400, "bad-handshake", "Sec-WebSocket-Key: 16 bytes in base64, and the method is GET")
        }
    }
}
