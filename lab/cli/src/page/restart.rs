//! `POST /services/LANE/restart`: restarts a service from the page, as a deployment does. The
//! service is drained as by SIGTERM, and started again on the same port. This module only passes
//! requests on to the thread that runs the services.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use service::http::{Problem, only, own_pages_only};
use support::transports::{LANES, Lane};
use tokio::sync::{mpsc, oneshot};

/// Sends restart requests to the thread that runs the services.
#[derive(Clone)]
pub(crate) struct RestartSender(mpsc::UnboundedSender<RestartRequest>);

/// A request to restart one service.
pub(crate) struct RestartRequest {
    /// The index of the service's lane.
    pub(crate) lane: usize,
    pub(crate) answer: oneshot::Sender<Result<RestartReport, Problem>>,
}

/// The report of a completed restart.
#[derive(Debug, Serialize)]
pub(crate) struct RestartReport {
    pub(crate) lane: &'static str,
    /// Number of subscribers that were disconnected.
    pub(crate) readers: i64,
    /// Milliseconds until the service had stopped.
    pub(crate) stopped: u64,
    /// Milliseconds from the request until the new service was ready.
    pub(crate) serving: u64,
}

impl RestartSender {
    /// Returns a sender and the receiver of its requests.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<RestartRequest>) {
        let (requests, received) = mpsc::unbounded_channel();
        (Self(requests), received)
    }

    /// Returns a function that adds the route.
    pub(super) fn routes(self) -> impl FnOnce(&mut web::ServiceConfig) {
        move |app| {
            let restart = web::resource("/services/{lane}/restart").route(web::post().to(restart));
            app.app_data(web::Data::new(self))
                .service(restart.default_service(only("POST, OPTIONS")));
        }
    }

    /// Sends a request and awaits the report. The restart completes even if the caller is gone.
    async fn restart(&self, lane: usize) -> Result<RestartReport, Problem> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(RestartRequest { lane, answer })
            .map_err(|_| draining())?;
        answered.await.map_err(|_| draining())?
    }
}

/// Returns the problem for requests after the end has begun.
pub(crate) fn draining() -> Problem {
    Problem::new(503, "draining", "the lab is stopping").retry_after(1)
}

/// Accepts requests of our own page only, like the gate's API.
async fn restart(
    request: HttpRequest,
    name: web::Path<String>,
    restarts: web::Data<RestartSender>,
) -> Result<HttpResponse, Problem> {
    own_pages_only(&request)?;
    let lane = LANES
        .iter()
        .position(|lane| lane.name == *name)
        .ok_or_else(|| unknown(&name))?;
    Ok(HttpResponse::Ok().json(restarts.restart(lane).await?))
}

fn unknown(name: &str) -> Problem {
    let names = LANES.each_ref().map(|Lane { name, .. }| *name).join(", ");
    Problem::new(
        404,
        "not-found",
        format_args!("no service {name:?}: expected one of {names}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;

    #[actix_web::test]
    async fn a_request_after_the_end_is_refused_with_retry_after() {
        let (restarts, requests) = RestartSender::new();
        drop(requests);
        let refused = restarts.restart(0).await.unwrap_err().error_response();
        assert_eq!(refused.status().as_u16(), 503);
        assert_eq!(refused.headers().get("retry-after").unwrap(), "1");
    }
}
