//! The body of `POST /topology`.

use serde::Deserialize;
use servers::spawned::Layout;
use service::http::Problem;
use std::ops::RangeInclusive;

/// Allowed number of threads or processes: at most about the processors of a small machine, because
/// each process takes some megabytes.
const WORKERS: RangeInclusive<usize> = 1..=8;

/// `{"layout":"processes","workers":2}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartRequest {
    layout: String,
    workers: usize,
}

impl StartRequest {
    pub(super) fn parse(body: &[u8]) -> Result<Layout, Problem> {
        let Self { layout, workers } = gate::api::parse(body)?;
        if !WORKERS.contains(&workers) {
            let allowed = format_args!("{} to {}", WORKERS.start(), WORKERS.end());
            return Err(Problem::parameter("workers", &workers.to_string(), allowed));
        }
        match &*layout {
            "threads" => Ok(Layout::Threads(workers)),
            "processes" => Ok(Layout::Processes(workers)),
            other => Err(Problem::parameter(
                "layout",
                other,
                "threads (of one process) or processes (of one thread)",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_allowed_values() {
        for (body, allowed) in [
            (r#"{"layout":"processes","workers":9}"#, "1 to 8"),
            (r#"{"layout":"processes","workers":0}"#, "1 to 8"),
            (r#"{"layout":"processes","workers":-1}"#, "usize"),
            (r#"{"layout":"fibers","workers":2}"#, "threads"),
            (r#"{"layout":"threads"}"#, "missing field `workers`"),
            (
                r#"{"layout":"threads","workers":2,"port":1}"#,
                "unknown field `port`",
            ),
            ("{", "not valid JSON"),
        ] {
            let problem = StartRequest::parse(body.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(
                problem.starts_with("400") && problem.contains(allowed),
                "{body}: {problem}"
            );
        }
    }
}
