//! The gate's controls, in JSON, beside the page. docs/gate.md is the reference.

use super::{
    Gate,
    storm::StormWish,
    wish::{self, FaultWish, LinkWish},
};
use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Data, Payload, Query},
};
use common::http::{Problem, json_body, only, own_pages_only, readable};
use serde::Deserialize;
use serde_json::json;

/// More than any body here needs.
const MOST: usize = 4096;

#[derive(Deserialize)]
struct Which {
    lane: Option<String>,
}

/// Adds the routes of this gate.
pub(crate) fn routes(gate: Data<Gate>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        let faults = web::resource("/faults")
            .route(web::post().to(begin))
            .route(web::delete().to(mend_all));
        let fault = web::resource("/faults/{id}").route(web::delete().to(mend));
        app.service(
            web::scope("/gate")
                .app_data(gate)
                .wrap(from_fn(guard))
                .service(
                    web::resource("")
                        .route(readable().to(state))
                        .default_service(only("GET, HEAD, OPTIONS")),
                )
                .service(
                    web::resource("/link")
                        .route(web::put().to(link))
                        .default_service(only("PUT, OPTIONS")),
                )
                .service(faults.default_service(only("POST, DELETE, OPTIONS")))
                .service(fault.default_service(only("DELETE, OPTIONS")))
                .service(
                    web::resource("/storm")
                        .route(web::post().to(storm))
                        .default_service(only("POST, OPTIONS")),
                )
                .service(look("/connections", readable().to(connections)))
                .service(look("/capture", readable().to(capture))),
        );
    }
}

fn look(path: &str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path)
        .route(route)
        .default_service(only("GET, HEAD, OPTIONS"))
}

/// Faults are for whoever is at this machine and for our own page: no other page may press them, nor see what passes.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    own_pages_only(request.request())?;
    next.call(request).await
}

async fn state(gate: Data<Gate>) -> HttpResponse {
    HttpResponse::Ok().json(gate.ask(|lanes| lanes.state()).await)
}

async fn link(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let wish: LinkWish = wish::parse(&json_body(&request, payload, MOST).await?)?;
    let (name, ways) = (wish::lane(wish.lane.as_deref())?, wish.ways()?);
    let changed = gate.ask(move |lanes| {
        for lane in lanes.named(name) {
            for way in &ways {
                lane.set_link(*way, wish.change(lane.set(*way))?);
            }
        }
        Ok::<_, Problem>(lanes.state())
    });
    Ok(HttpResponse::Ok().json(changed.await?))
}

async fn begin(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let wish: FaultWish = wish::parse(&json_body(&request, payload, MOST).await?)?;
    let name = wish::lane(wish.lane.as_deref())?;
    let (fault, lasts) = wish.check()?;
    let begun = gate.ask(move |lanes| {
        let ids: Vec<_> = lanes
            .named(name)
            .map(|lane| lane.begin(fault, lasts))
            .collect();
        lanes.faults(&ids)
    });
    Ok(HttpResponse::Created().json(json!({ "faults": begun.await })))
}

async fn mend_all(gate: Data<Gate>) -> HttpResponse {
    let ended: usize = gate
        .ask(|lanes| lanes.all.iter().map(|lane| lane.mend(|_| true)).sum())
        .await;
    HttpResponse::Ok().json(json!({ "ended": ended }))
}

async fn mend(gate: Data<Gate>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let missing = || {
        Problem::new(
            404,
            "not-found",
            format_args!(
                "there is no fault {:?}: GET /gate names those there are",
                *id
            ),
        )
    };
    let wanted: u64 = id.parse().map_err(|_| missing())?;
    let ended: usize = gate
        .ask(move |lanes| {
            lanes
                .all
                .iter()
                .map(|lane| lane.mend(|active| active.id == wanted))
                .sum()
        })
        .await;
    if ended == 0 {
        Err(missing())
    } else {
        Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
    }
}

async fn storm(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let wish: StormWish = wish::parse(&json_body(&request, payload, MOST).await?)?;
    Ok(HttpResponse::Ok().json(wish.run(&gate).await?))
}

async fn connections(gate: Data<Gate>, which: Query<Which>) -> Result<HttpResponse, Problem> {
    let name = wish::lane(which.lane.as_deref())?;
    let open = gate.ask(move |lanes| lanes.connections(name)).await;
    Ok(HttpResponse::Ok().json(json!({ "connections": open })))
}

async fn capture(gate: Data<Gate>, which: Query<Which>) -> Result<HttpResponse, Problem> {
    let name = wish::lane(Some(which.lane.as_deref().unwrap_or_default()))?.unwrap_or_default();
    let chunks = gate.ask(move |lanes| lanes.captured(name)).await;
    Ok(HttpResponse::Ok().json(json!({ "lane": name, "chunks": chunks })))
}
