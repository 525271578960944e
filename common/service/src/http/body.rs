//! Request bodies, limited in size and time.

mod problems;
mod unwanted;

use super::{AppState, Problem};
use actix_web::{HttpMessage, HttpRequest, error::PayloadError, http::header, web};
use common::{
    budget::{BudgetShare, MemoryBudget},
    message::Quoted,
};
use futures_util::StreamExt;
use net::{has_endless_body, mark_body_read};
use problems::{TIMEOUT, incomplete, too_large, too_slow};
use tokio::time::timeout;
pub(super) use unwanted::refuse_unwanted;

/// A body, counted in the memory budget until it is dropped.
pub(super) struct Body {
    pub(super) text: Vec<u8>,
    share: BudgetShare,
}

impl Body {
    /// Reads a JSON body of at most `--max-body` bytes. A large one is refused if the memory budget
    /// is used up.
    ///
    /// # Errors
    ///
    /// 415 if it is compressed or not JSON, 413 if it is too large, 408 if it is too slow, 400 if
    /// it is incomplete, 503 if there is no memory for it.
    pub(super) async fn json(
        request: &HttpRequest,
        payload: web::Payload,
        service: &AppState,
    ) -> Result<Self, Problem> {
        let limit = service.config.messages.max_body as usize;
        read(request, payload, limit, service.share(request)).await
    }
}

/// Reads a JSON body of at most `limit` bytes without a memory budget, for a service with trusted
/// clients.
///
/// # Errors
///
/// If the body is compressed, too long or late, or its content type is not JSON.
pub async fn json(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<web::Bytes, Problem> {
    let share = MemoryBudget::new(usize::MAX).share(None);
    Ok(read(request, payload, limit, share).await?.text.into())
}

async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    share: BudgetShare,
) -> Result<Body, Problem> {
    check_encoding(request)?;
    if request.content_type() != "application/json" {
        let detail = format!(
            "content-type {}: expected application/json",
            Quoted(request.content_type())
        );
        return Err(Problem::new(415, "bad-content-type", detail));
    }
    if content_length(request).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let body = Body {
        text: Vec::new(),
        share,
    };
    timeout(TIMEOUT, body.collect(request, payload, limit))
        .await
        .map_err(|_| too_slow())?
}

impl Body {
    /// Reads the body to its end.
    ///
    /// actix does not end the payload of a request that offers WebSocket, so its body ends after
    /// `Content-Length` bytes.
    async fn collect(
        mut self,
        request: &HttpRequest,
        mut payload: web::Payload,
        limit: usize,
    ) -> Result<Self, Problem> {
        let end = if has_endless_body(request.headers()) {
            Some(content_length(request).unwrap_or(0) as usize)
        } else {
            None
        };
        while end.is_none_or(|end| self.text.len() < end) {
            match payload.next().await {
                Some(piece) => {
                    let piece = piece.map_err(|error| incomplete(&error))?;
                    let left = end.map_or(usize::MAX, |end| end - self.text.len());
                    self.append(&piece[..piece.len().min(left)], limit)?;
                }
                None if end.is_some() => {
                    return Err(incomplete(&PayloadError::Incomplete(None)));
                }
                None => {
                    mark_body_read(request);
                    break;
                }
            }
        }
        Ok(self)
    }

    fn append(&mut self, piece: &[u8], limit: usize) -> Result<(), Problem> {
        let length = self.text.len() + piece.len();
        if length > limit {
            return Err(too_large(limit));
        }
        self.share.cover(length, limit)?;
        if self.text.capacity() < length {
            // Never more than the share covers.
            let capacity = length.next_power_of_two().min(limit.max(length));
            self.text.reserve_exact(capacity - self.text.len());
        }
        self.text.extend_from_slice(piece);
        Ok(())
    }
}

/// Refuses compressed bodies, whose size cannot be limited before they are decompressed (RFC 9110
/// §8.4, §15.5.16).
fn check_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let lines = request.headers().get_all(header::CONTENT_ENCODING);
    let mut codings = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let is_identity = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    let Some(coding) = codings.find(|coding| !is_identity(coding)) else {
        return Ok(());
    };
    let detail = format!(
        "content-encoding {}: expected a body without encoding",
        Quoted(&String::from_utf8_lossy(coding))
    );
    Err(Problem::new(415, "bad-content-encoding", detail)
        .with_header(header::ACCEPT_ENCODING, "identity"))
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
