//! `POST /tasks` and `DELETE /tasks/{id}`: work that would block whoever does it on the event loop.

use super::{
    AppState, ClientKey, Principal, Problem, Query, body::Body, channel_creation::New, only,
    rate_limit::seconds,
};
use crate::{
    message::{ChannelName, Cursor},
    tasks::{self, MOST_FOR_ANYBODY, MOST_PRIMES_BELOW, TaskRefused},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/tasks")
            .route(web::post().to(begin))
            .default_service(only("POST, OPTIONS")),
    );
    app.service(
        web::resource("/tasks/{id}")
            .route(web::delete().to(delete))
            .default_service(only("DELETE, OPTIONS")),
    );
}

async fn begin(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    is_enabled(&service)?;
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(ChannelName::main);
    let inline = inline(&query, &service)?;
    let body = Body::json(&request, payload, &service).await?;
    let primes_below = primes_below(&body.text, most_primes_below(&service))?;
    principal.may_publish(&channel, &service)?;
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    // Better refused now than without a channel for its result.
    principal.may_begin(&channel, New::Read, &service)?;
    service
        .broker
        .open(&service.hub, &channel, Cursor::Latest)
        .await?;
    let id = match inline {
        true => tasks::inline(&service, channel, primes_below).await,
        false => tasks::begin(
            &service,
            channel,
            holder_of_place(&principal, &service),
            primes_below,
        )?,
    };
    Ok(HttpResponse::Accepted().json(json!({ "task": id })))
}

async fn delete(
    id: web::Path<String>,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let unknown = || {
        Problem::new(
            404,
            "no-such-task",
            format_args!("no task {:?} waits or runs in this process", *id),
        )
    };
    let task = service.tasks.find(&id).ok_or_else(unknown)?;
    principal.publishes(&task.channel)?;
    if service.tasks.delete(&task) {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(unknown())
    }
}

fn is_enabled(service: &AppState) -> Result<(), Problem> {
    let detail = "this service computes nothing: its --tasks is 0";
    if service.config.tasks > 0 {
        Ok(())
    } else {
        Err(Problem::new(403, "tasks-not-enabled", detail))
    }
}

/// Whose place a task takes. Where everybody may block an event loop, places are not worth guarding.
fn holder_of_place(principal: &Principal, service: &AppState) -> Option<ClientKey> {
    if service.config.tasks_inline {
        None
    } else {
        principal.publisher()
    }
}

fn most_primes_below(service: &AppState) -> u64 {
    if service.config.tasks_inline {
        MOST_PRIMES_BELOW
    } else {
        MOST_FOR_ANYBODY
    }
}

/// Whether the request asks for the event loop, and may.
fn inline(query: &Query<'_>, service: &AppState) -> Result<bool, Problem> {
    if !query.flag("inline")? {
        return Ok(false);
    }
    let detail = "inline=true blocks every reader of a worker thread: only with --tasks-inline";
    service
        .config
        .tasks_inline
        .then_some(true)
        .ok_or_else(|| Problem::new(403, "inline-not-enabled", detail))
}

/// Takes `{"primes_below":5000000}`.
fn primes_below(text: &[u8], most: u64) -> Result<u64, Problem> {
    let body: Value = serde_json::from_slice(text).map_err(Problem::malformed)?;
    let number = body["primes_below"]
        .as_u64()
        .filter(|number| *number <= most);
    number.ok_or_else(|| {
        let detail =
            format!("the body is {{\"primes_below\": N}}, with N a whole number from 0 to {most}");
        Problem::new(422, "bad-task", detail)
    })
}

impl From<TaskRefused> for Problem {
    fn from(refused: TaskRefused) -> Self {
        match refused {
            TaskRefused::Draining => Self::draining(),
            TaskRefused::Full { free_after } => {
                let wait = seconds(free_after).max(1);
                let detail = format!(
                    "as many tasks of this size wait or run as this service takes: come back in {wait} s"
                );
                Self::new(503, "too-many-tasks", detail).retry_after(wait)
            }
            TaskRefused::HasOne { free_after } => {
                let wait = seconds(free_after).max(1);
                let detail =
                    format!("a task of this address or token waits or runs: come back in {wait} s");
                Self::new(429, "one-task-at-a-time", detail).retry_after(wait)
            }
            TaskRefused::NoThread => Self::new(
                503,
                "too-many-tasks",
                "the system has no thread for a task: come back later",
            )
            .retry_after(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_is_wrong() {
        assert_eq!(
            primes_below(
                br#"{"primes_below":10000000000,"more":1}"#,
                MOST_PRIMES_BELOW
            )
            .unwrap(),
            10_000_000_000
        );
        for (text, expected) in [
            ("", "400 Bad Request malformed-json"),
            ("{\"primes_below\":", "400 Bad Request malformed-json"),
            ("5", "422 Unprocessable Entity bad-task"),
            ("[5]", "422 Unprocessable Entity bad-task"),
            ("{}", "422 Unprocessable Entity bad-task"),
            (
                r#"{"primes_below":"5"}"#,
                "422 Unprocessable Entity bad-task",
            ),
            (
                r#"{"primes_below":-1}"#,
                "422 Unprocessable Entity bad-task",
            ),
            (
                r#"{"primes_below":1.5}"#,
                "422 Unprocessable Entity bad-task",
            ),
            (
                r#"{"primes_below":10000000001}"#,
                "422 Unprocessable Entity bad-task",
            ),
        ] {
            let problem = primes_below(text.as_bytes(), MOST_PRIMES_BELOW)
                .unwrap_err()
                .to_string();
            assert!(problem.starts_with(expected), "{text:?}: {problem}");
        }
    }
}
