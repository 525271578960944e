//! The gate's API, in JSON. docs/gate.md is its reference.

use super::{Gate, fault_request::FaultRequest, link_request::LinkRequest, parameters};
pub use parameters::parse;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Data, Payload, Query},
};
use serde::Deserialize;
use serde_json::json;
use service::http::{Problem, json_body, only, own_pages_only, readable};

/// Longest request body, in bytes.
const MAX_BODY: usize = 4096;

#[derive(Deserialize)]
struct RouteQuery {
    lane: Option<String>,
    /// Only for the list of requests.
    after: Option<String>,
}

/// Routes of another crate, beside those of the gate.
pub type MoreRoutes = fn(&mut web::ServiceConfig);

/// Adds nothing.
pub fn no_more_routes(_: &mut web::ServiceConfig) {}

/// Adds the routes of this gate, and `more` below the same path with the same guard.
pub fn routes(gate: Data<Gate>, more: MoreRoutes) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        let faults = web::resource("/faults")
            .route(web::post().to(begin_fault))
            .route(web::delete().to(end_all_faults));
        let fault = web::resource("/faults/{id}").route(web::delete().to(end_fault));
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
                .configure(more)
                .service(read_only("/connections", readable().to(connections)))
                .service(read_only("/requests", readable().to(requests)))
                .service(read_only("/capture", readable().to(capture))),
        );
    }
}

fn read_only(path: &str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path)
        .route(route)
        .default_service(only("GET, HEAD, OPTIONS"))
}

/// Lets only the page of this server and clients on this machine use a control.
///
/// # Errors
///
/// The request comes from another page.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    own_pages_only(request.request())?;
    next.call(request).await
}

async fn state(gate: Data<Gate>) -> HttpResponse {
    HttpResponse::Ok().json(gate.with_routes(|routes| routes.state()).await)
}

async fn link(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let change: LinkRequest = parameters::parse(&json_body(&request, payload, MAX_BODY).await?)?;
    let name = parameters::lane_name(&gate, change.lane.as_deref())?;
    let changed = gate.with_routes(move |routes| {
        for lane in routes.named(name) {
            for direction in change.directions() {
                lane.set_link(direction, change.change(lane.set(direction))?);
            }
        }
        Ok::<_, Problem>(routes.state())
    });
    Ok(HttpResponse::Ok().json(changed.await?))
}

async fn begin_fault(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let change: FaultRequest = parameters::parse(&json_body(&request, payload, MAX_BODY).await?)?;
    let name = parameters::lane_name(&gate, change.lane.as_deref())?;
    let (fault, lasts) = change.check()?;
    let begun = gate.with_routes(move |routes| {
        let ids: Vec<_> = routes
            .named(name)
            .map(|route| route.begin_fault(fault, lasts))
            .collect();
        routes.faults(&ids)
    });
    Ok(HttpResponse::Created().json(json!({ "faults": begun.await })))
}

async fn end_all_faults(gate: Data<Gate>) -> HttpResponse {
    let ended = gate.with_routes(|routes| routes.end_faults(|_| true)).await;
    HttpResponse::Ok().json(json!({ "ended": ended }))
}

async fn end_fault(gate: Data<Gate>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
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
    let ended = gate
        .with_routes(move |routes| routes.end_faults(|active| active.id == wanted))
        .await;
    if ended == 0 {
        Err(missing())
    } else {
        Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
    }
}

async fn connections(gate: Data<Gate>, query: Query<RouteQuery>) -> Result<HttpResponse, Problem> {
    let name = parameters::lane_name(&gate, query.lane.as_deref())?;
    let open = gate
        .with_routes(move |routes| routes.connections(name))
        .await;
    Ok(HttpResponse::Ok().json(json!({ "connections": open })))
}

async fn requests(gate: Data<Gate>, query: Query<RouteQuery>) -> Result<HttpResponse, Problem> {
    let name = parameters::required_lane(&gate, query.lane.as_deref())?;
    let after = parameters::request_id(query.after.as_deref())?;
    let last = gate
        .with_routes(move |routes| routes.requests(name, after))
        .await;
    Ok(HttpResponse::Ok().json(last))
}

async fn capture(gate: Data<Gate>, query: Query<RouteQuery>) -> Result<HttpResponse, Problem> {
    let name = parameters::required_lane(&gate, query.lane.as_deref())?;
    let chunks = gate.with_routes(move |routes| routes.captured(name)).await;
    Ok(HttpResponse::Ok().json(json!({ "lane": name, "chunks": chunks })))
}
