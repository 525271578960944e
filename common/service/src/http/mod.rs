//! The endpoints that every service has, and what all handlers share.

mod address;
mod app_state;
mod auth;
mod body;
mod channel_creation;
mod channels;
mod check;
mod client_key;
mod compat;
mod cors;
mod every_request;
pub mod health;
mod history;
mod methods;
mod own_pages;
mod principal;
mod problem;
mod process_overview;
mod publish;
mod publish_body;
mod query;
mod rate_limit;
mod stream_subscription;
mod subscription;
mod tasks;
mod worker;

pub use app_state::AppState;
pub use body::json as json_body;
pub use channels::Channels;
pub use compat::require_compat;
pub(crate) use cors::cors;
pub use cors::origin_is_allowed;
pub(crate) use every_request::every_request;
pub use history::{
    Batch, Caching, MAX_BATCH_BYTES, Page, history_response, no_store_json, set_response,
};
pub use methods::{delimit_by_close, header_once, only, page, readable, resource};
pub use own_pages::own_pages_only;
pub use principal::Principal;
pub use problem::Problem;
pub use publish::publish;
pub use publish_body::PublishBody;
pub use query::Query;
pub use stream_subscription::StreamSubscription;
pub use subscription::{Subscription, Subscriptions};

use actix_web::web;
pub(crate) use auth::report_tokens;
use auth::{Permissions, SubjectId};

/// Adds the routes that do not depend on a transport.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        resource(
            "/messages",
            web::post().to(publish::handler),
            "GET, HEAD, POST, OPTIONS",
        )
        .route(readable().to(history::handler)),
    );
    app.service(resource(
        "/worker",
        readable().to(worker::handler),
        methods::READS,
    ));
    tasks::routes(app);
    process_overview::routes(app);
    health::routes(app);
    app.default_service(web::to(methods::not_found));
}
