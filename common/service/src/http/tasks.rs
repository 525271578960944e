//! `POST /tasks` and `DELETE /tasks/{id}`: computations that would block the event loop.

use super::{
    AppState, Principal, Problem, Query, body::Body, channel_creation::ChannelUse,
    rate_limit::whole_seconds, resource,
};
use crate::tasks::{MAX_LIMIT, MAX_PUBLIC_LIMIT, TaskRefused};
use actix_web::{HttpRequest, HttpResponse, web};
use common::message::{ChannelName, Cursor, Quoted};
use serde_json::{Value, json};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/tasks", web::post().to(begin), "POST, OPTIONS"));
    app.service(resource(
        "/tasks/{id}",
        web::delete().to(delete),
        "DELETE, OPTIONS",
    ));
}

async fn begin(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    check_enabled(&service)?;
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(ChannelName::main);
    let is_inline = is_inline(&query, &service)?;
    let body = Body::json(&request, payload, &service).await?;
    let primes_below = primes_below(&body.text, max_limit(&service))?;
    principal.may_publish(&channel, &service)?;
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    // Opens the channel first: a task whose outcome cannot be published is refused now.
    principal.may_create(&channel, ChannelUse::Read, &service)?;
    service
        .broker
        .open(&service.hub, &channel, Cursor::Latest)
        .await?;
    let id = if is_inline {
        service.tasks.run_inline(channel, primes_below).await
    } else {
        let account = task_account(&principal, &service);
        service.tasks.begin(channel, account, primes_below)?
    };
    Ok(HttpResponse::Accepted().json(json!({ "task": id })))
}

async fn delete(
    id: web::Path<String>,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let unknown = || {
        let detail = format!("no task {} waits or runs in this process", Quoted(&id));
        Problem::new(404, "no-such-task", detail)
    };
    let task = service.tasks.find(&id).ok_or_else(unknown)?;
    principal.may_publish_on(&task.channel)?;
    if service.tasks.delete(&task) {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(unknown())
    }
}

fn check_enabled(service: &AppState) -> Result<(), Problem> {
    if service.config.server.tasks > 0 {
        Ok(())
    } else {
        let detail = "this service takes no tasks: its --tasks is 0";
        Err(Problem::new(403, "tasks-not-enabled", detail))
    }
}

/// Returns the account that has at most one task at a time. With `--tasks-inline` any client may
/// block an event loop anyway, so there is none.
fn task_account(principal: &Principal, service: &AppState) -> Option<u64> {
    if service.config.server.tasks_inline {
        None
    } else {
        principal.known_account(service)
    }
}

fn max_limit(service: &AppState) -> u64 {
    if service.config.server.tasks_inline {
        MAX_LIMIT
    } else {
        MAX_PUBLIC_LIMIT
    }
}

/// Returns whether to compute on the event loop, which needs `--tasks-inline`.
fn is_inline(query: &Query<'_>, service: &AppState) -> Result<bool, Problem> {
    let is_inline = query.flag("inline")?;
    if is_inline && !service.config.server.tasks_inline {
        let detail =
            "inline=true blocks all subscribers of a worker thread: it needs --tasks-inline";
        return Err(Problem::new(403, "inline-not-enabled", detail));
    }
    Ok(is_inline)
}

/// Parses `{"primes_below":5000000}`.
fn primes_below(text: &[u8], max: u64) -> Result<u64, Problem> {
    let body: Value = serde_json::from_slice(text).map_err(Problem::malformed)?;
    match body["primes_below"].as_u64() {
        Some(number) if number <= max => Ok(number),
        _ => {
            let detail =
                format!("expected {{\"primes_below\": N}}, with N a whole number from 0 to {max}");
            Err(Problem::new(422, "bad-task", detail))
        }
    }
}

impl From<TaskRefused> for Problem {
    fn from(refused: TaskRefused) -> Self {
        let (status, name, wait) = match refused {
            TaskRefused::Draining => return Self::draining(),
            TaskRefused::Full { free_after } => {
                (503, "too-many-tasks", whole_seconds(free_after).max(1))
            }
            TaskRefused::HasOne { free_after } => {
                (429, "one-task-at-a-time", whole_seconds(free_after).max(1))
            }
            TaskRefused::NoThread => (503, "too-many-tasks", 5),
        };
        Self::new(status, name, format!("{refused}: retry in {wait} s")).retry_after(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_task_body_is_a_problem_by_name() {
        assert_eq!(
            primes_below(br#"{"primes_below":10000000000,"more":1}"#, MAX_LIMIT).unwrap(),
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
            let problem = primes_below(text.as_bytes(), MAX_LIMIT)
                .unwrap_err()
                .to_string();
            assert!(problem.starts_with(expected), "{text:?}: {problem}");
        }
    }
}
