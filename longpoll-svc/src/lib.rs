//! Long polling: a request that is held until there is something to answer.
//!
//! `GET /poll?channel=c` speaks the shared protocol, with a cursor, so that nothing is lost between two polls; bare
//! `GET /poll` behaves as the founding document shows. A poll that has to wait does so in the hub, with its socket, and
//! goes back to actix when the client wants something else. Bare polls stay with actix, and the hub wakes them.
//! [`PollTemplates`], what the hub answers with, is public for its benchmark.

mod compat;
mod interner;
mod poll;
mod template;

use actix_web::web;
use clap::Args;
use common::{
    http::{only, page},
    server::Transport,
};
use compat::Position;
pub use template::{PollTemplates, Request};

/// The transport.
#[derive(Args, Clone, Debug, Default)]
pub struct LongPoll {
    #[arg(skip)]
    position: Position,
}

impl Transport for LongPoll {
    const NAME: &'static str = "longpoll";
    const ABOUT: &'static str = "Carries messages over long polling";
    const PORT: u16 = 3000;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.position.clone()))
            .app_data(web::Data::new(PollTemplates::default()));
        app.service(
            web::resource("/poll")
                .route(web::get().to(poll::handler))
                .default_service(only("GET, OPTIONS")),
        );
        let html = include_str!("../../web/example/longpoll.html");
        app.service(
            web::resource("/")
                .route(page(html))
                .default_service(only("GET, HEAD, OPTIONS")),
        );
    }
}
