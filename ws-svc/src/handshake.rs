//! The opening handshake (RFC 6455 §4.2).

use actix_http::ws::{HandshakeError, hash_key};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
};
use common::{http::Problem, hub::Shard, server::replay_request};

/// The head of the 101 answer. No subprotocol and no extension is ever chosen, which means that none is used.
pub(crate) fn accept(request: &HttpRequest) -> Result<HttpResponseBuilder, Problem> {
    if request.version() < Version::HTTP_11 {
        return Err(Problem::new(
            426,
            "upgrade-required",
            "HTTP/1.1 is where a WebSocket begins",
        ));
    }
    verify(request).map_err(|error| refuse(&error))?;
    let key = request
        .headers()
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| is_nonce(key));
    let key = hash_key(
        key.ok_or_else(|| refuse(&HandshakeError::BadWebsocketKey))?
            .as_bytes(),
    );
    let mut head = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    head.upgrade("websocket");
    head.insert_header((
        header::SEC_WEBSOCKET_ACCEPT,
        HeaderValue::from_bytes(&key).expect("base64 is visible"),
    ));
    Ok(head)
}

/// What a server must look at (RFC 6455 §4.2.1), but for the key.
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

/// Whether a WebSocket is among the protocols that a request offers, on whichever line.
pub(crate) fn offers_websocket(headers: &HeaderMap) -> bool {
    let protocols = headers
        .get_all(header::UPGRADE)
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    protocols
        .map(<[u8]>::trim_ascii)
        .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Has actix read a request again with a WebSocket as its only offer: where that is one of several on a line, actix sees no
/// WebSocket and takes nothing of what the peer sends.
pub(crate) fn begin_again(
    request: &HttpRequest,
    head: HttpResponseBuilder,
    worker: Shard,
) -> Result<HttpResponse, Problem> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Err(Problem::new(
            400,
            "bad-handshake",
            "a handshake has no body",
        ));
    }
    Ok(replay_request(
        request,
        head,
        with_one_offer(request),
        worker,
    ))
}

/// The head of a request without its other offers; it is no longer than it came.
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

/// 16 bytes in base64 (RFC 6455 §4.1 item 7).
fn is_nonce(key: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.as_bytes()
        .strip_suffix(b"==")
        .is_some_and(|digits| digits.len() == 22 && digits.iter().all(plain))
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
            upgrade("Sec-WebSocket-Version: 13 is what this speaks")
                .with_header(header::SEC_WEBSOCKET_VERSION, 13)
        }
        HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
            upgrade("this is a WebSocket: send Upgrade: websocket and Connection: Upgrade")
                .with_header(header::UPGRADE, "websocket")
        }
        HandshakeError::BadWebsocketKey | HandshakeError::GetMethodRequired => Problem::new(
            400,
            "bad-handshake",
            "Sec-WebSocket-Key: 16 bytes in base64, and the method is GET",
        ),
    }
}
