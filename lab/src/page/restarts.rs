//! `POST /services/LANE/restart`: a deployment of one service, beside the page. The service is stopped as by SIGTERM and
//! started again on the same port by whoever runs it; this is only the way there.

use crate::lanes::{LANES, Lane};
use actix_web::{HttpRequest, HttpResponse, web};
use common::http::{Problem, only, own_pages_only};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

/// The way to whoever runs the services.
#[derive(Clone)]
pub(crate) struct Restarts(mpsc::UnboundedSender<Order>);

/// One service is to be stopped and started again.
pub(crate) struct Order {
    /// Its place among the lanes.
    pub(crate) lane: usize,
    pub(crate) answer: oneshot::Sender<Result<Restarted, Problem>>,
}

/// It serves again.
#[derive(Debug, Serialize)]
pub(crate) struct Restarted {
    pub(crate) lane: &'static str,
    /// How many readers were told to go.
    pub(crate) readers: i64,
    /// Milliseconds until all of them had gone and nothing listened any more.
    pub(crate) stopped: u64,
    /// Milliseconds from the order until the new one answered that it is ready.
    pub(crate) serving: u64,
}

impl Restarts {
    /// The way, and where orders come out.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, received) = mpsc::unbounded_channel();
        (Self(orders), received)
    }

    /// Adds the route.
    pub(super) fn routes(self) -> impl FnOnce(&mut web::ServiceConfig) {
        move |app| {
            let restart = web::resource("/services/{lane}/restart").route(web::post().to(restart));
            app.app_data(web::Data::new(self))
                .service(restart.default_service(only("POST, OPTIONS")));
        }
    }

    /// An order that was given is carried out, whether or not anybody waits for the answer.
    async fn order(&self, lane: usize) -> Result<Restarted, Problem> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Order { lane, answer }).map_err(|_| ending())?;
        answered.await.map_err(|_| ending())?
    }
}

/// Nothing is started any more.
pub(crate) fn ending() -> Problem {
    Problem::new(503, "draining", "everything here is about to stop").retry_after(1)
}

/// As with the gate's controls, no page but our own may press this.
async fn restart(
    request: HttpRequest,
    name: web::Path<String>,
    restarts: web::Data<Restarts>,
) -> Result<HttpResponse, Problem> {
    own_pages_only(&request)?;
    let lane = LANES
        .iter()
        .position(|lane| lane.name == *name)
        .ok_or_else(|| unknown(&name))?;
    Ok(HttpResponse::Ok().json(restarts.order(lane).await?))
}

fn unknown(name: &str) -> Problem {
    let names = LANES.each_ref().map(|Lane { name, .. }| *name).join(", ");
    Problem::new(
        404,
        "not-found",
        format_args!("there is no service {name:?}: they are {names}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;

    #[actix_web::test]
    async fn when_nobody_obeys_any_more_an_order_is_refused_for_a_moment() {
        let (restarts, orders) = Restarts::new();
        drop(orders);
        let refused = restarts.order(0).await.unwrap_err().error_response();
        assert_eq!(refused.status().as_u16(), 503);
        assert_eq!(refused.headers().get("retry-after").unwrap(), "1");
    }
}
