//! The HTTP client, and how it treats responses.

use actix_web::http::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use awc::{
    Client, ClientResponse, Connector,
    error::{PayloadError, SendRequestError},
    http::header::HttpDate,
};
use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// Timeout for a response that is not held.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Longest response body, in bytes. More than the largest message that a service can be configured
/// for.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Longest wait that a `Retry-After` can request.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Why a request failed.
#[derive(Debug)]
pub enum Trouble {
    /// The request was refused. Repeating it does not help.
    Refused(String),
    /// The request may succeed later, but not before `at_least`.
    Lost {
        /// What failed.
        why: String,
        /// Shortest time until another attempt.
        at_least: Duration,
    },
}

/// The part of a problem (RFC 9457) that is for people.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl Trouble {
    /// Returns a loss that may be retried at once.
    pub fn lost(why: impl fmt::Display) -> Self {
        Self::Lost {
            why: why.to_string(),
            at_least: Duration::ZERO,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(why) | Self::Lost { why, .. }) = self;
        f.write_str(why)
    }
}

impl From<SendRequestError> for Trouble {
    fn from(error: SendRequestError) -> Self {
        match error {
            SendRequestError::Url(error) => Self::Refused(error.to_string()),
            error => Self::lost(error),
        }
    }
}

impl From<PayloadError> for Trouble {
    fn from(error: PayloadError) -> Self {
        Self::lost(format_args!("the response ended early: {error}"))
    }
}

/// Creates a client without a limit of connections. It does not follow redirects: services send
/// none.
pub fn client() -> Client {
    Client::builder()
        .connector(Connector::new().limit(0))
        .disable_redirects()
        .timeout(PATIENCE)
        .finish()
}

/// Returns the response if its status code is a success.
///
/// # Errors
///
/// If the status code is an error. Its message is that of the body.
pub async fn accepted<S>(mut response: ClientResponse<S>) -> Result<ClientResponse<S>, Trouble>
where
    S: Stream<Item = Result<Bytes, PayloadError>>,
{
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = tokio::time::timeout(PATIENCE, response.body()).await;
    let why = failure(status, &body.ok().and_then(Result::ok).unwrap_or_default());
    if passes(status) {
        return Err(Trouble::Lost {
            why,
            at_least: retry_after(response.headers()),
        });
    }
    Err(Trouble::Refused(why))
}

fn failure(status: StatusCode, body: &[u8]) -> String {
    match serde_json::from_slice::<Problem>(body) {
        Ok(Problem { detail }) => format!("{status}: {detail}"),
        Err(_) => status.to_string(),
    }
}

/// Returns whether the same request may succeed later, such as after a timeout (408) or at a lower
/// rate (429).
pub(super) fn passes(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

/// Parses `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Duration {
    let text = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let seconds = text.parse().ok().map(Duration::from_secs);
    let until = || {
        SystemTime::from(text.parse::<HttpDate>().ok()?)
            .duration_since(SystemTime::now())
            .ok()
    };
    seconds.or_else(until).unwrap_or_default().min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn wait(value: &str) -> Duration {
        let value = HeaderValue::from_str(value).unwrap();
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_endless() {
        assert_eq!(wait("3"), Duration::from_secs(3));
        assert_eq!(wait("18446744073709551615"), LONGEST_WAIT);
        assert_eq!(wait("soon"), Duration::ZERO);
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Duration::ZERO);
        let later = HttpDate::from(SystemTime::now() + Duration::from_secs(60)).to_string();
        assert!((50..=60).contains(&wait(&later).as_secs()));
    }

    #[test]
    fn a_problem_is_shown_by_its_detail() {
        assert_eq!(
            failure(StatusCode::NOT_FOUND, br#"{"detail":"there is no /x"}"#),
            "404 Not Found: there is no /x"
        );
        assert_eq!(
            failure(StatusCode::BAD_GATEWAY, b"<html>"),
            "502 Bad Gateway"
        );
    }

    #[test]
    fn errors_of_the_client_are_not_retried() {
        for (status, expected) in [
            (400, false),
            (404, false),
            (413, false),
            (301, false),
            (408, true),
            (429, true),
            (503, true),
        ] {
            assert_eq!(
                passes(StatusCode::from_u16(status).unwrap()),
                expected,
                "{status}"
            );
        }
    }
}
