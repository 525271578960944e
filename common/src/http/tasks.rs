//! `POST /tasks` and `DELETE /tasks/{id}`: work that would block whoever does it on the event loop.

use super::{Caller, Problem, Query, Service, body, only};
use crate::{
    message::{After, Channel},
    tasks::{self, MOST_PRIMES_BELOW, Refused},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/tasks").route(web::post().to(begin)).default_service(only("POST, OPTIONS")));
    app.service(web::resource("/tasks/{id}").route(web::delete().to(delete)).default_service(only("DELETE, OPTIONS")));
}

async fn begin(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(Channel::main);
    let inline = inline(&query, &service)?;
    let primes_below = primes_below(&body::json(&request, payload, service.config.max_body as usize).await?)?;
    caller.may_publish(&channel, &service)?;
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    // Better refused now than without a channel for its result.
    service.broker.open(&channel, After::Now).await?;
    let id = match inline {
        true => tasks::inline(&service, channel, primes_below).await,
        false => tasks::begin(&service, channel, primes_below)?,
    };
    Ok(HttpResponse::Accepted().json(json!({ "task": id })))
}

async fn delete(id: web::Path<String>, service: web::Data<Service>, caller: Caller) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::new(404, "no-such-task", format_args!("no task {:?} waits or runs in this process", *id));
    let task = service.tasks.find(&id).ok_or_else(unknown)?;
    caller.publishes(&task.channel)?;
    if service.tasks.delete(&task) { Ok(HttpResponse::NoContent().finish()) } else { Err(unknown()) }
}

/// Whether the request asks for the event loop, and may.
fn inline(query: &Query<'_>, service: &Service) -> Result<bool, Problem> {
    if !query.flag("inline")? {
        return Ok(false);
    }
    let detail = "inline=true blocks every reader of a worker thread: only with --tasks-inline";
    service.config.tasks_inline.then_some(true).ok_or_else(|| Problem::new(403, "inline-not-enabled", detail))
}

/// Takes `{"primes_below":5000000}`.
fn primes_below(text: &[u8]) -> Result<u64, Problem> {
    let body: Value = serde_json::from_slice(text).map_err(Problem::malformed)?;
    let number = body["primes_below"].as_u64().filter(|number| *number <= MOST_PRIMES_BELOW);
    number.ok_or_else(|| {
        let detail =
            format!("the body is {{\"primes_below\": N}}, with N a whole number from 0 to {MOST_PRIMES_BELOW}");
        Problem::new(422, "bad-task", detail)
    })
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Draining => Self::draining(),
            Refused::Full => {
                Self::new(503, "too-many-tasks", "as many tasks wait as this process takes: come back later")
                    .retry_after(5)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_is_wrong() {
        assert_eq!(primes_below(br#"{"primes_below":10000000000,"more":1}"#).unwrap(), 10_000_000_000);
        for (text, expected) in [
            ("", "400 Bad Request malformed-json"),
            ("{\"primes_below\":", "400 Bad Request malformed-json"),
            ("5", "422 Unprocessable Entity bad-task"),
            ("[5]", "422 Unprocessable Entity bad-task"),
            ("{}", "422 Unprocessable Entity bad-task"),
            (r#"{"primes_below":"5"}"#, "422 Unprocessable Entity bad-task"),
            (r#"{"primes_below":-1}"#, "422 Unprocessable Entity bad-task"),
            (r#"{"primes_below":1.5}"#, "422 Unprocessable Entity bad-task"),
            (r#"{"primes_below":10000000001}"#, "422 Unprocessable Entity bad-task"),
        ] {
            let problem = primes_below(text.as_bytes()).unwrap_err().to_string();
            assert!(problem.starts_with(expected), "{text:?}: {problem}");
        }
    }
}
