//! A request's body, of bounded size and time.

use super::Problem;
use crate::server::{body_was_read, has_endless_body};
use actix_web::{
    HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::{Method, header},
    web,
};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a JSON body of at most `limit` bytes, in no encoding: what is compressed has no size that could be bounded first.
pub async fn json(request: &HttpRequest, payload: web::Payload, limit: usize) -> Result<web::Bytes, Problem> {
    plain(request)?;
    if request.content_type() != "application/json" {
        let detail = format!("content-type {:?}: application/json is what this takes", request.content_type());
        return Err(Problem::new(415, "bad-content-type", detail));
    }
    let too_large = || Problem::new(413, "body-too-large", format_args!("a body has at most {limit} bytes"));
    if declared(request).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    if has_endless_body(request.headers()) {
        return timeout(TIMEOUT, beginning(payload, declared(request))).await.map_err(|_| too_slow())?;
    }
    match timeout(TIMEOUT, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(body))) => {
            body_was_read(request);
            Ok(body)
        }
        Ok(Ok(Err(error))) => Err(incomplete(&error)),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(too_slow()),
    }
}

/// Refuses the body of a request to read something (GET, HEAD), of whichever form. One that is announced and empty is none.
pub(super) async fn none(request: &mut ServiceRequest) -> Result<(), Problem> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || matches!(request.parts_mut().1, Payload::None) {
        return Ok(());
    }
    let unwanted = || Problem::new(400, "bad-body", "this request has no body");
    if declared(request.request()).is_some_and(|length| length > 0) {
        return Err(unwanted());
    }
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    let mut payload = request.take_payload();
    match timeout(TIMEOUT, payload.next()).await.map_err(|_| too_slow())? {
        None => body_was_read(request.request()),
        Some(Ok(_)) => return Err(unwanted()),
        Some(Err(error)) => return Err(incomplete(&error)),
    }
    Ok(())
}

/// So many bytes of a body that actix does not end; none are declared where there are none.
async fn beginning(mut payload: web::Payload, length: Option<u64>) -> Result<web::Bytes, Problem> {
    let (mut body, length) = (web::BytesMut::new(), length.unwrap_or(0) as usize);
    while body.len() < length {
        let chunk = payload.next().await.unwrap_or(Err(PayloadError::Incomplete(None)));
        body.extend_from_slice(&chunk.map_err(|error| incomplete(&error))?);
    }
    body.truncate(length);
    Ok(body.freeze())
}

fn too_slow() -> Problem {
    Problem::new(408, "body-too-slow", format_args!("a body takes at most {} s", TIMEOUT.as_secs()))
}

/// Refuses a body that is compressed, or says so (RFC 9110 §8.4, §15.5.16).
fn plain(request: &HttpRequest) -> Result<(), Problem> {
    let lines = request.headers().get_all(header::CONTENT_ENCODING);
    let mut codings = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let is_plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    let Some(coding) = codings.find(|coding| !is_plain(coding)) else { return Ok(()) };
    let detail = format!("content-encoding {:?}: a body is taken as it is only", String::from_utf8_lossy(coding));
    Err(Problem::new(415, "bad-content-encoding", detail).with(header::ACCEPT_ENCODING, "identity"))
}

fn declared(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn incomplete(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(400, "bad-body", format_args!("the body did not arrive whole: {error}"))
}
