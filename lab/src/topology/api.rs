//! The topology over HTTP, beside the page, as JSON. docs/topology.md is the reference.

use super::{
    Topology,
    service::{NO_BROKER, Refused},
    wish::Wish,
};
use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::{Next, from_fn},
    web::{self, Data, Payload},
};
use common::http::{Problem, json_body, only, own_pages_only, readable};

/// More than any body here needs.
const MOST: usize = 1024;

/// Adds the routes of this topology.
pub(crate) fn routes(topology: Data<Topology>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        let all = web::resource("")
            .route(readable().to(state))
            .route(web::post().to(start))
            .route(web::delete().to(stop));
        let one = web::resource("/processes/{pid}").route(web::delete().to(kill));
        app.service(
            web::scope("/topology")
                .app_data(topology)
                .wrap(from_fn(guard))
                .service(all.default_service(only("GET, HEAD, POST, DELETE, OPTIONS")))
                .service(one.default_service(only("DELETE, OPTIONS"))),
        );
    }
}

/// Processes are started and killed for whoever is at this machine and for our own page, and for no other.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    own_pages_only(request.request())?;
    next.call(request).await
}

async fn state(topology: Data<Topology>) -> HttpResponse {
    HttpResponse::Ok().json(topology.ask(|owner| owner.state()).await)
}

async fn start(
    request: HttpRequest,
    payload: Payload,
    topology: Data<Topology>,
) -> Result<HttpResponse, Problem> {
    let layout = Wish::parse(&json_body(&request, payload, MOST).await?)?;
    // The page that starts it, which passed the guard, is the one that may use it.
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .map(str::to_owned);
    let started = topology
        .ask(move |owner| {
            owner
                .start(layout, origin.as_deref())
                .map(|()| owner.state())
        })
        .await;
    Ok(HttpResponse::Created().json(started?))
}

async fn stop(topology: Data<Topology>) -> HttpResponse {
    let stopped = topology.ask(|owner| {
        owner.stop();
        owner.state()
    });
    HttpResponse::Ok().json(stopped.await)
}

async fn kill(pid: web::Path<String>, topology: Data<Topology>) -> Result<HttpResponse, Problem> {
    // What is no number is no process of ours either.
    let pid = pid.parse().unwrap_or_default();
    let killed = topology
        .ask(move |owner| owner.kill(pid).map(|()| owner.state()))
        .await;
    Ok(HttpResponse::Ok().json(killed?))
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoBroker => Self::new(503, "no-broker", NO_BROKER),
            Refused::NotOurs(alive) if alive.is_empty() => {
                Self::new(404, "not-found", "no process of the topology runs")
            }
            Refused::NotOurs(alive) => Self::new(
                404,
                "not-found",
                format_args!("no process of the topology: those that run are {alive:?}"),
            ),
            Refused::Failed(reason) => Self::new(503, "not-started", reason).retry_after(1),
        }
    }
}
