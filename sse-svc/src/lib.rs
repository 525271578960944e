//! Server-Sent Events: one response that never ends (HTML standard §9.2).
//!
//! `GET /events?channel=c` sends events with ids and resumes at a cursor; `GET /events` without a
//! channel is the compatibility endpoint. actix parses the request and writes the response headers.
//! The socket is then detached, and the shard writes to it with an encoder of [`SseEncoders`],
//! which is public for its benchmark.

mod compat;
mod encoder;
mod events;
mod framing;
mod opening;
mod stream;

use actix_web::web;
use clap::Args;
pub use opening::SseEncoders;
use service::{
    config::duration,
    http::{page, resource},
    server::TransportService,
};
use std::time::Duration;

/// The transport and its settings.
#[derive(Args, Clone, Debug)]
pub struct Sse {
    /// Time between two greetings on /events without a channel; 0 for none
    #[arg(
        long,
        env = "GREETING",
        help_heading = "Compatibility",
        value_name = "TIME",
        default_value = "2s",
        value_parser = duration
    )]
    pub greeting: Duration,
}

impl Default for Sse {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(2),
        }
    }
}

impl TransportService for Sse {
    const NAME: &'static str = "sse";
    const ABOUT: &'static str = "Carries messages over Server-Sent Events";
    const PORT: u16 = 3000;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(SseEncoders::new(self.greeting)));
        app.service(resource(
            "/events",
            web::get().to(events::handler),
            "GET, OPTIONS",
        ));
        app.service(page(include_str!("../../web/example/sse.html")));
    }
}
