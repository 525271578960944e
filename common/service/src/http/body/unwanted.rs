//! Bodies where none is expected.

use super::{
    content_length,
    problems::{TIMEOUT, incomplete, too_slow},
};
use crate::http::Problem;
use actix_web::{
    HttpMessage,
    dev::{Payload, ServiceRequest},
    http::{Method, header},
};
use futures_util::StreamExt;
use net::mark_body_read;
use tokio::time::timeout;

/// Refuses a body that is not empty in a GET or HEAD request.
///
/// # Errors
///
/// 400 `bad-body` if there is one or it is incomplete, 408 if its end does not arrive in time.
pub(in crate::http) async fn refuse_unwanted(request: &mut ServiceRequest) -> Result<(), Problem> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || matches!(request.parts_mut().1, Payload::None) {
        return Ok(());
    }
    let unwanted = || {
        let detail = "a GET or HEAD request must not have a body";
        Problem::new(400, "bad-body", detail)
    };
    if content_length(request.request()).is_some_and(|length| length > 0) {
        return Err(unwanted());
    }
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    let mut payload = request.take_payload();
    match timeout(TIMEOUT, payload.next())
        .await
        .map_err(|_| too_slow())?
    {
        None => mark_body_read(request.request()),
        Some(Ok(_)) => return Err(unwanted()),
        Some(Err(error)) => return Err(incomplete(&error)),
    }
    Ok(())
}
