//! The HTTP API of the topology, with JSON bodies. See docs/topology.md.

use super::{Topology, request::StartRequest};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    middleware::from_fn,
    web::{self, Data, Payload},
};
use service::http::{Problem, json_body, only, readable};

/// Size limit of a request body in bytes.
const MAX_BODY: usize = 1024;

/// Returns a function that adds the routes of a topology.
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
                .wrap(from_fn(gate::api::guard))
                .service(all.default_service(only("GET, HEAD, POST, DELETE, OPTIONS")))
                .service(one.default_service(only("DELETE, OPTIONS"))),
        );
    }
}

async fn state(topology: Data<Topology>) -> HttpResponse {
    HttpResponse::Ok().json(topology.thread.run(|owner| owner.state()).await)
}

async fn start(
    request: HttpRequest,
    payload: Payload,
    topology: Data<Topology>,
) -> Result<HttpResponse, Problem> {
    let layout = StartRequest::parse(&json_body(&request, payload, MAX_BODY).await?)?;
    // The service allows the origin of this page, which has passed the guard.
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .map(str::to_owned);
    let started = topology
        .thread
        .run(move |owner| {
            owner
                .start(layout, origin.as_deref())
                .map(|()| owner.state())
        })
        .await;
    Ok(HttpResponse::Created().json(started?))
}

async fn stop(topology: Data<Topology>) -> HttpResponse {
    let stopped = topology.thread.run(|owner| {
        owner.stop();
        owner.state()
    });
    HttpResponse::Ok().json(stopped.await)
}

async fn kill(pid: web::Path<String>, topology: Data<Topology>) -> Result<HttpResponse, Problem> {
    // A text that is not a number becomes 0, which is never one of the processes.
    let pid = pid.parse().unwrap_or_default();
    let killed = topology
        .thread
        .run(move |owner| owner.kill(pid).map(|()| owner.state()))
        .await;
    Ok(HttpResponse::Ok().json(killed?))
}
