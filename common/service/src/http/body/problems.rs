//! The problems of requests with a bad body.

use crate::http::Problem;
use actix_web::error::PayloadError;
use common::budget::{BudgetExhausted, FREE_PER_CONNECTION};
use std::time::Duration;

/// How long a body may take to arrive.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn too_slow() -> Problem {
    let detail = format!("the body did not arrive within {} s", TIMEOUT.as_secs());
    Problem::new(408, "body-too-slow", detail)
}

pub(super) fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is too large: at most {limit} bytes are allowed");
    Problem::new(413, "body-too-large", detail)
}

pub(super) fn incomplete(error: &PayloadError) -> Problem {
    Problem::new(400, "bad-body", format!("the body is incomplete: {error}"))
}

impl From<BudgetExhausted> for Problem {
    fn from(_: BudgetExhausted) -> Self {
        let detail = format!(
            "no memory for a body of more than {FREE_PER_CONNECTION} bytes at the moment: \
             retry later"
        );
        Self::new(503, "out-of-memory", detail).retry_after(5)
    }
}
