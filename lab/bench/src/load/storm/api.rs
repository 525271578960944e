//! The storm's endpoint, beside those of the gate.

use super::{StormReport, StormRequest};
use actix_web::{
    HttpRequest,
    web::{self, Data, Json, Payload, ServiceConfig},
};
use gate::{Gate, api::parse};
use service::http::{Problem, json_body, only};
use std::time::Duration;
use tokio::sync::Mutex;

/// Longest request body, in bytes.
const MAX_BODY: usize = 4096;
/// Timeout for all clients of a storm to open, then for each to be cut, and to reconnect.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Held during a storm. A second storm would cut the clients of the first.
#[derive(Default)]
struct Running(Mutex<()>);

/// Adds `POST /gate/storm` to the routes of a gate, of which there is one worker.
pub fn routes(app: &mut ServiceConfig) {
    app.app_data(Data::new(Running::default())).service(
        web::resource("/storm")
            .route(web::post().to(storm))
            .default_service(only("POST, OPTIONS")),
    );
}

async fn storm(
    request: HttpRequest,
    payload: Payload,
    gate: Data<Gate>,
    running: Data<Running>,
) -> Result<Json<StormReport>, Problem> {
    let storm: StormRequest = parse(&json_body(&request, payload, MAX_BODY).await?)?;
    let _running = running.0.try_lock().map_err(|_| under_way())?;
    Ok(Json(storm.run(&gate, TIMEOUT).await?))
}

fn under_way() -> Problem {
    Problem::new(
        409,
        "storming",
        "a storm is under way: wait until it is over",
    )
    .retry_after(1)
}
