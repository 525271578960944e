//! The problems of requests with a bad body.

use super::TIMEOUT;
use crate::{
    budget::{BudgetExhausted, FREE_PER_CONNECTION},
    http::Problem,
};

pub(super) fn too_slow() -> Problem {
    Problem::new(
        408,
        "body-too-slow",
        format_args!("the body did not arrive within {} s", TIMEOUT.as_secs()),
    )
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(
        413,
        "body-too-large",
        format_args!("the body is too large: at most {limit} bytes are allowed"),
    )
}

pub(super) fn incomplete(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        400,
        "bad-body",
        format_args!("the body is incomplete: {error}"),
    )
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
