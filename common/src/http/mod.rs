//! The requests that every service answers, and what all handlers share.

mod address;
mod auth;
mod body;
mod channel_creation;
mod check;
mod cors;
pub mod health;
mod history;
mod methods;
mod principal;
mod problem;
mod process_overview;
mod publish;
mod query;
mod rate_limit;
mod tasks;
mod worker;

pub use body::json as json_body;
pub(crate) use cors::cors;
pub use cors::{origin_is_allowed, own_pages_only};
pub use history::{Batch, HELD_BYTES, LIMIT, MAX_LIMIT, fresh_json, holdings};
pub use methods::{
    compat, delimit_by_close, event_stream_headers, header_once, only, page, readable,
};
pub use principal::Principal;
pub use problem::Problem;
pub use publish::{check_key, parse_publication, publish};
pub use query::{Query, Subscription};

use crate::{
    Config,
    broker::Broker,
    budget::{Budget, BudgetShare},
    cluster::ClusterMember,
    hub::Hub,
    tasks::Tasks,
};
use actix_web::{
    Error, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web,
};
use auth::{Permissions, SubjectId, Tokens};
use channel_creation::ChannelCreationLimit;
pub(crate) use principal::ClientKey;
use problem::Refused;
use rate_limit::RateLimiter;
use std::{
    hash::RandomState,
    io,
    time::{Duration, Instant},
};

/// What this time brings of the allowance for publications may be saved up.
const BURST: Duration = Duration::from_secs(2);

/// What the handlers of one service share.
pub struct AppState {
    /// The transport's name.
    pub transport: &'static str,
    /// The settings.
    pub config: Config,
    /// The way in.
    pub broker: Broker,
    /// The way out.
    pub hub: Hub,
    /// What bounds what clients make it hold beside its history.
    pub budget: Budget,
    pub(crate) tasks: Tasks,
    /// None if this is the only process.
    pub(crate) member: Option<ClusterMember>,
    began: Instant,
    tokens: Option<Tokens>,
    rates: Option<RateLimiter<ClientKey>>,
    new_channels: Option<ChannelCreationLimit>,
    /// Makes numbers of callers.
    accounts: RandomState,
}

impl AppState {
    /// An error says which key cannot be used, and why.
    pub(crate) fn new(
        transport: &'static str,
        config: Config,
        broker: Broker,
        hub: Hub,
        budget: Budget,
        member: Option<ClusterMember>,
    ) -> io::Result<Self> {
        let tokens = Tokens::configured(&config)?;
        let rates =
            (config.publish_rate > 0.0).then(|| RateLimiter::new(config.publish_rate, BURST));
        let new_channels = Some(config.new_channels())
            .filter(|most| *most > 0)
            .map(ChannelCreationLimit::new);
        let (tasks, began) = (Tasks::default(), Instant::now());
        Ok(Self {
            transport,
            config,
            broker,
            hub,
            budget,
            tasks,
            member,
            began,
            tokens,
            rates,
            new_channels,
            accounts: RandomState::new(),
        })
    }
}

impl AppState {
    /// What counts the bytes that whoever sends this request makes the service hold.
    pub fn share(&self, request: &HttpRequest) -> BudgetShare {
        self.budget
            .share(address::of(request, self.config.trust_proxy.into()))
    }
}

/// What every request goes through: a body is refused where none is due, problems are counted, and no cache stores a
/// response unless its handler allows that. Otherwise it may keep a 404 or a state of health for as long as it likes
/// (RFC 9111 §4.2.2).
pub(crate) async fn every_request(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request
        .app_data::<web::Data<AppState>>()
        .expect("every app has its service")
        .clone();
    let mut response = match body::none(&mut request).await {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(problem) => request
            .into_response(problem.error_response())
            .map_into_right_body(),
    };
    if let Some(Refused(name)) = response.response().extensions().get() {
        service.hub.metrics().rejected(name);
    }
    if response.status() != StatusCode::SWITCHING_PROTOCOLS
        && !response.headers().contains_key(header::CACHE_CONTROL)
    {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Adds the routes that do not depend on a transport.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/messages")
            .route(web::post().to(publish::handler))
            .route(readable().to(history::handler))
            .default_service(only("GET, HEAD, POST, OPTIONS")),
    );
    app.service(
        web::resource("/worker")
            .route(readable().to(worker::handler))
            .default_service(only("GET, HEAD, OPTIONS")),
    );
    tasks::routes(app);
    process_overview::routes(app);
    health::routes(app);
    app.default_service(web::to(methods::not_found));
}
