//! A request's body, of bounded size and time.

use super::Problem;
use actix_web::{HttpMessage, HttpRequest, http::header, web};
use std::time::Duration;

/// How long a body may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a JSON body of at most `limit` bytes.
pub async fn json(request: &HttpRequest, payload: web::Payload, limit: usize) -> Result<web::Bytes, Problem> {
    if request.content_type() != "application/json" {
        let detail = format!("content-type {:?}: application/json is what this takes", request.content_type());
        return Err(Problem::new(415, "bad-content-type", detail));
    }
    let too_large = || Problem::new(413, "body-too-large", format_args!("a body has at most {limit} bytes"));
    if declared(request).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(TIMEOUT, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(error))) => Err(incomplete(&error)),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(Problem::new(408, "body-too-slow", format_args!("a body takes at most {} s", TIMEOUT.as_secs()))),
    }
}

fn declared(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn incomplete(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(400, "bad-body", format_args!("the body did not arrive whole: {error}"))
}
