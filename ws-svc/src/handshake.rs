//! The opening handshake (RFC 6455 §4.2).

use actix_http::ws::{HandshakeError, hash_key};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
};
use common::shard::Shard;
use service::{http::Problem, server::replay_request};

/// Checks a handshake and starts the 101 response. It selects no subprotocol and no extension.
///
/// # Errors
///
/// Returns a problem if the request is not a handshake of version 13.
pub(crate) fn accept(request: &HttpRequest) -> Result<HttpResponseBuilder, Problem> {
    if request.version() < Version::HTTP_11 {
        let detail = "a WebSocket needs HTTP/1.1";
        return Err(Problem::new(426, "upgrade-required", detail));
    }
    verify(request).map_err(|error| problem(&error))?;
    let key = request
        .headers()
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| is_nonce(key));
    let key = hash_key(
        key.ok_or_else(|| problem(&HandshakeError::BadWebsocketKey))?
            .as_bytes(),
    );
    let mut head = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    head.upgrade("websocket");
    head.insert_header((
        header::SEC_WEBSOCKET_ACCEPT,
        HeaderValue::from_bytes(&key).expect("base64 has visible ASCII only"),
    ));
    Ok(head)
}

/// Checks what a server must check (RFC 6455 §4.2.1), except the key.
fn verify(request: &HttpRequest) -> Result<(), HandshakeError> {
    let version = request.headers().get(header::SEC_WEBSOCKET_VERSION);
    if !offers_websocket(request.headers()) {
        Err(HandshakeError::NoWebsocketUpgrade)
    } else if !request.head().upgrade() {
        Err(HandshakeError::NoConnectionUpgrade)
    } else if version.is_none() {
        Err(HandshakeError::NoVersionHeader)
    } else if version.is_some_and(|version| version != "13") {
        Err(HandshakeError::UnsupportedVersion)
    } else {
        Ok(())
    }
}

/// Returns whether a request offers a WebSocket, in any of its `Upgrade` headers.
pub(crate) fn offers_websocket(headers: &HeaderMap) -> bool {
    let protocols = headers
        .get_all(header::UPGRADE)
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    protocols
        .map(<[u8]>::trim_ascii)
        .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Makes actix parse a request again with `websocket` as its only `Upgrade` protocol. If the header
/// lists others too, actix does not recognise the WebSocket and ignores the frames that follow.
pub(crate) fn reparse(
    request: &HttpRequest,
    head: HttpResponseBuilder,
    worker: Shard,
) -> Result<HttpResponse, Problem> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        let detail = "a handshake must not have a body";
        return Err(Problem::new(400, "bad-handshake", detail));
    }
    let headers = with_one_offer(request);
    Ok(replay_request(request, head, headers, worker))
}

/// Encodes a request without the other `Upgrade` protocols. The result is at most as long as the
/// original.
fn with_one_offer(request: &HttpRequest) -> Vec<u8> {
    let mut head = format!("GET {} HTTP/1.1\r\nupgrade:websocket\r\n", request.uri()).into_bytes();
    for (name, value) in request
        .headers()
        .iter()
        .filter(|(name, _)| *name != header::UPGRADE)
    {
        head.extend([name.as_str().as_bytes(), b":", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

/// Returns whether a key is 16 bytes in base64 (RFC 6455 §4.1 item 7).
fn is_nonce(key: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.as_bytes()
        .strip_suffix(b"==")
        .is_some_and(|digits| digits.len() == 22 && digits.iter().all(plain))
}

/// Removes the content type, which actix adds: the 101 response has no content (RFC 6455 §4.2.2).
pub(crate) fn without_content_type(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

fn problem(error: &HandshakeError) -> Problem {
    let upgrade = |detail| Problem::new(426, "upgrade-required", detail);
    match error {
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => {
            upgrade("Sec-WebSocket-Version: expected 13")
                .with_header(header::SEC_WEBSOCKET_VERSION, 13)
        }
        HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
            upgrade("this endpoint is a WebSocket: send Upgrade: websocket and Connection: Upgrade")
                .with_header(header::UPGRADE, "websocket")
        }
        HandshakeError::BadWebsocketKey | HandshakeError::GetMethodRequired => Problem::new(
            400,
            "bad-handshake",
            "Sec-WebSocket-Key: expected 16 bytes in base64, in a GET request",
        ),
    }
}
