//! A request's body, of bounded size and time.

use super::{AppState, Problem};
use crate::{
    budget::{Budget, BudgetShare, Exhausted, FREE},
    net::{body_was_read, has_endless_body},
};
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

/// A body, counted as held until it is dropped.
pub(super) struct Body {
    pub(super) text: Vec<u8>,
    share: BudgetShare,
}

impl Body {
    /// Reads a JSON body of at most `--max-body` bytes. What is not small counts against the budget of the process, and is
    /// refused when that is used up.
    pub(super) async fn json(
        request: &HttpRequest,
        payload: web::Payload,
        service: &AppState,
    ) -> Result<Self, Problem> {
        read(
            request,
            payload,
            service.config.max_body as usize,
            service.share(request),
        )
        .await
    }
}

/// Reads a JSON body of at most `limit` bytes, for a service whose clients are trusted.
pub async fn json(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<web::Bytes, Problem> {
    let share = Budget::new(usize::MAX).share(None);
    Ok(read(request, payload, limit, share).await?.text.into())
}

/// In no encoding: what is compressed has no size that could be bounded first.
async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    share: BudgetShare,
) -> Result<Body, Problem> {
    plain(request)?;
    if request.content_type() != "application/json" {
        let detail = format!(
            "content-type {:?}: application/json is what this takes",
            request.content_type()
        );
        return Err(Problem::new(415, "bad-content-type", detail));
    }
    if declared(request).is_some_and(|length| length > limit as u64) {
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
    /// A body that actix does not end has so many bytes as are declared; none are where there are none.
    async fn collect(
        mut self,
        request: &HttpRequest,
        mut payload: web::Payload,
        limit: usize,
    ) -> Result<Self, Problem> {
        let endless =
            has_endless_body(request.headers()).then(|| declared(request).unwrap_or(0) as usize);
        while endless.is_none_or(|length| self.text.len() < length) {
            match payload.next().await {
                Some(piece) => {
                    let piece = piece.map_err(|error| incomplete(&error))?;
                    let left = endless.map_or(usize::MAX, |length| length - self.text.len());
                    self.add(&piece[..piece.len().min(left)], limit)?;
                }
                None if endless.is_some() => {
                    return Err(incomplete(&PayloadError::Incomplete(None)));
                }
                None => {
                    body_was_read(request);
                    break;
                }
            }
        }
        Ok(self)
    }

    fn add(&mut self, piece: &[u8], limit: usize) -> Result<(), Problem> {
        let length = self.text.len() + piece.len();
        if length > limit {
            return Err(too_large(limit));
        }
        self.share.cover(length, limit)?;
        if self.text.capacity() < length {
            // Not more than the share has room for.
            let room = length.next_power_of_two().min(limit.max(length));
            self.text.reserve_exact(room - self.text.len());
        }
        self.text.extend_from_slice(piece);
        Ok(())
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
    match timeout(TIMEOUT, payload.next())
        .await
        .map_err(|_| too_slow())?
    {
        None => body_was_read(request.request()),
        Some(Ok(_)) => return Err(unwanted()),
        Some(Err(error)) => return Err(incomplete(&error)),
    }
    Ok(())
}

fn too_slow() -> Problem {
    Problem::new(
        408,
        "body-too-slow",
        format_args!("a body takes at most {} s", TIMEOUT.as_secs()),
    )
}

/// Refuses a body that is compressed, or says so (RFC 9110 §8.4, §15.5.16).
fn plain(request: &HttpRequest) -> Result<(), Problem> {
    let lines = request.headers().get_all(header::CONTENT_ENCODING);
    let mut codings = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let is_plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    let Some(coding) = codings.find(|coding| !is_plain(coding)) else {
        return Ok(());
    };
    let detail = format!(
        "content-encoding {:?}: a body is taken as it is only",
        String::from_utf8_lossy(coding)
    );
    Err(Problem::new(415, "bad-content-encoding", detail).with(header::ACCEPT_ENCODING, "identity"))
}

fn declared(request: &HttpRequest) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        413,
        "body-too-large",
        format_args!("a body has at most {limit} bytes"),
    )
}

fn incomplete(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        400,
        "bad-body",
        format_args!("the body did not arrive whole: {error}"),
    )
}

impl From<Exhausted> for Problem {
    fn from(_: Exhausted) -> Self {
        let detail =
            format!("bodies of more than {FREE} bytes find no room at the moment: come back later");
        Self::new(503, "out-of-memory", detail).retry_after(5)
    }
}
