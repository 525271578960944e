//! What is wrong with a request, in words for whoever sent it (RFC 9457).

use crate::{
    broker::BrokerError,
    message::{InvalidChannelName, InvalidMessageId},
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use serde_json::{Value, json};
use std::fmt;

/// An answer that says what was wrong and what is allowed.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    name: &'static str,
    detail: String,
    header: Option<(HeaderName, String)>,
}

impl Problem {
    /// `name` is the stable end of the problem's `type`; docs/problems.md lists them all.
    pub fn new(status: u16, name: &'static str, detail: impl fmt::Display) -> Self {
        let status = StatusCode::from_u16(status).expect("a status between 100 and 999");
        Self {
            status,
            name,
            detail: detail.to_string(),
            header: None,
        }
    }

    /// A parameter that is not what it has to be.
    pub fn parameter(name: &str, value: &str, allowed: impl fmt::Display) -> Self {
        Self::new(
            400,
            "bad-parameter",
            format_args!("{name}={value:?}: {allowed}"),
        )
    }

    /// A parameter or header that is there more than once although only one counts.
    pub fn repeated(name: &'static str, of: impl fmt::Display) -> Self {
        Self::new(
            400,
            name,
            format_args!("{of}: it is there more than once, and once is allowed"),
        )
    }

    /// A channel's name that is none.
    pub fn channel(value: &str, invalid: InvalidChannelName) -> Self {
        Self::new(
            400,
            "bad-channel",
            format_args!("channel={value:?}: {invalid}"),
        )
    }

    /// A cursor that is none. One that is well formed but not held is no problem: it gets a reset.
    pub fn cursor(name: &str, value: &str, invalid: InvalidMessageId) -> Self {
        Self::new(
            400,
            "bad-cursor",
            format_args!("{name}={value:?}: {invalid}"),
        )
    }

    /// A body that is no JSON.
    pub fn malformed(error: impl fmt::Display) -> Self {
        Self::new(
            400,
            "malformed-json",
            format_args!("the body is no JSON: {error}"),
        )
    }

    /// The service is about to stop.
    pub fn draining() -> Self {
        Self::new(
            503,
            "draining",
            "this service is stopping: come back to another one, or in a moment",
        )
        .retry_after(1)
    }

    /// Adds a header of the answer.
    pub fn with(self, name: HeaderName, value: impl fmt::Display) -> Self {
        Self {
            header: Some((name, value.to_string())),
            ..self
        }
    }

    /// After how many seconds the same request may succeed.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with(header::RETRY_AFTER, seconds)
    }

    /// The stable end of the problem's `type`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The problem as JSON: the body of the answer, or the `error` of a WebSocket frame.
    pub fn json(&self) -> Value {
        json!({
            "type": format!("urn:trilane:problem:{}", self.name),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        })
    }
}

/// A mark on answers that are problems, for whoever counts them: the problem's name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused(pub(super) &'static str);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.name, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some((name, value)) = &self.header {
            response.insert_header((name.clone(), value.as_str()));
        }
        let mut response = response
            .content_type("application/problem+json")
            .body(self.json().to_string());
        response.extensions_mut().insert(Refused(self.name));
        response
    }
}

impl From<BrokerError> for Problem {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::TooManyChannels { .. } => {
                Self::new(503, "too-many-channels", error).retry_after(60)
            }
            BrokerError::TooManyKeys { seconds } => {
                Self::new(429, "too-many-keys", error).retry_after(seconds)
            }
            BrokerError::KeyReused => Self::new(422, "key-reused", error),
            BrokerError::Refuses { .. } => Self::new(503, "broker-refuses", error).retry_after(1),
            BrokerError::Unusable { .. } => {
                Self::new(503, "channel-unusable", error).retry_after(60)
            }
            BrokerError::Unavailable => Self::new(503, "broker-away", error).retry_after(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_pinned() {
        let problem = Problem::channel("a b", InvalidChannelName);
        assert_eq!(
            problem.json().to_string(),
            r#"{"detail":"channel=\"a b\": a channel is 1 to 128 of A-Z a-z 0-9 . _ : -","status":400,"title":"Bad Request","type":"urn:trilane:problem:bad-channel"}"#
        );
    }

    #[test]
    fn a_problem_can_say_when_to_come_back() {
        let response = Problem::draining().error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get("retry-after").unwrap(), "1");
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
    }
}
