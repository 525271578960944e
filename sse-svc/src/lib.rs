//! Server-Sent Events: one response that never ends (HTML standard §9.2).
//!
//! `GET /events?channel=c` speaks the shared protocol, bare `GET /events` what the founding document shows. Either way
//! the request is answered by actix, and then its socket belongs to the hub, which writes with a wire from [`SseEncoders`]; that is
//! public for its benchmark.

mod encoder;
mod events;
mod frame;

use actix_web::web;
use clap::Args;
use common::{
    http::{only, page},
    server::Transport,
};
pub use encoder::SseEncoders;
use std::time::Duration;

/// The transport and its settings.
#[derive(Args, Clone, Debug)]
pub struct Sse {
    /// Seconds between two greetings on /events without a channel; 0 for none
    #[arg(
        long,
        env = "GREETING",
        help_heading = "Compatibility",
        value_name = "SECONDS",
        default_value_t = 2
    )]
    pub greeting: u64,
}

impl Default for Sse {
    fn default() -> Self {
        Self { greeting: 2 }
    }
}

impl Transport for Sse {
    const NAME: &'static str = "sse";
    const ABOUT: &'static str = "Carries messages over Server-Sent Events";
    const PORT: u16 = 3000;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(SseEncoders::new(Duration::from_secs(
            self.greeting,
        ))));
        app.service(
            web::resource("/events")
                .route(web::get().to(events::handler))
                .default_service(only("GET, OPTIONS")),
        );
        let html = include_str!("../../web/example/sse.html");
        app.service(
            web::resource("/")
                .route(page(html))
                .default_service(only("GET, HEAD, OPTIONS")),
        );
    }
}
