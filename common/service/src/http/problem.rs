//! Error responses (RFC 9457).

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use broker::BrokerError;
use common::message::{InvalidChannelName, InvalidChannels, InvalidCursor, Quoted};
use serde_json::{Value, json};
use std::fmt;

/// An error response that names the mistake and what is allowed.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    name: &'static str,
    detail: String,
    header: Option<(HeaderName, String)>,
}

impl Problem {
    /// Creates a problem. `name` is the stable end of its `type`; docs/problems.md lists all of
    /// them.
    pub fn new(status: u16, name: &'static str, detail: impl fmt::Display) -> Self {
        let status = StatusCode::from_u16(status).expect("every caller passes a status of HTTP");
        Self {
            status,
            name,
            detail: detail.to_string(),
            header: None,
        }
    }

    /// A parameter with a bad value.
    pub fn parameter(name: &str, value: &str, expected: impl fmt::Display) -> Self {
        let detail = format!("{name}={}: {expected}", Quoted(value));
        Self::new(400, "bad-parameter", detail)
    }

    /// A parameter or header that is repeated.
    pub fn repeated(name: &'static str, of: impl fmt::Display) -> Self {
        Self::new(400, name, format!("{of}: repeated, expected at most one"))
    }

    /// An invalid channel name.
    pub fn channel(value: &str, invalid: InvalidChannelName) -> Self {
        let detail = format!("channel={}: {invalid}", Quoted(value));
        Self::new(400, "bad-channel", detail)
    }

    /// Channels that cannot be read together.
    pub fn channels(invalid: InvalidChannels) -> Self {
        match invalid {
            InvalidChannels::Name { name, invalid } => Self::channel(&name, invalid),
            invalid => Self::new(400, "bad-channel", format!("channel: {invalid}")),
        }
    }

    /// An invalid cursor. A valid one that is not in the history is not a problem: it gets a reset.
    pub fn cursor(name: &str, value: &str, invalid: InvalidCursor) -> Self {
        let detail = format!("{name}={}: {invalid}", Quoted(value));
        Self::new(400, "bad-cursor", detail)
    }

    /// A body that is not JSON.
    pub fn malformed(error: impl fmt::Display) -> Self {
        let detail = format!("the body is not valid JSON: {error}");
        Self::new(400, "malformed-json", detail)
    }

    /// The service is draining.
    pub fn draining() -> Self {
        let detail = "this service is stopping: retry in a moment, or use another one";
        Self::new(503, "draining", detail).retry_after(1)
    }

    /// Adds a header to the response.
    pub fn with_header(self, name: HeaderName, value: impl fmt::Display) -> Self {
        Self {
            header: Some((name, value.to_string())),
            ..self
        }
    }

    /// Sets the number of seconds after which the same request may succeed.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, seconds)
    }

    /// Returns the stable end of the problem's `type`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the problem as JSON: the body of a response, or the `error` of a WebSocket frame.
    pub fn json(&self) -> Value {
        json!({
            "type": format!("urn:trilane:problem:{}", self.name),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        })
    }
}

/// An extension of responses that are problems, with the problem's name, for the metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProblemName(pub(super) &'static str);

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
        response.extensions_mut().insert(ProblemName(self.name));
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
            BrokerError::Ended => Self::new(409, "channel-ended", error),
            BrokerError::Refuses { .. } => Self::new(503, "broker-refuses", error).retry_after(1),
            BrokerError::Unusable { .. } => {
                Self::new(503, "channel-unusable", error).retry_after(60)
            }
            BrokerError::Unavailable | BrokerError::NoConnection { .. } => {
                Self::new(503, "broker-away", error).retry_after(1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_pinned() {
        let problem = Problem::channel("a b", InvalidChannelName);
        assert_eq!(
            problem.json().to_string(),
            r#"{"detail":"channel=\"a b\": a channel is 1 to 128 of A-Z a-z 0-9 . _ : -","#
                .to_owned()
                + r#""status":400,"title":"Bad Request","type":"urn:trilane:problem:bad-channel"}"#
        );
    }

    #[test]
    fn a_problem_can_say_when_to_retry() {
        let response = Problem::draining().error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get("retry-after").unwrap(), "1");
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
    }
}
