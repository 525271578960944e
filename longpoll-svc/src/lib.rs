//! Long polling: a request that waits until there is a message.
//!
//! `GET /poll?channel=c` has a cursor, so that no message is lost between two polls. `GET /poll` without a channel is the
//! compatibility endpoint. A poll that has to wait is detached from actix and waits in the hub. The hub answers it, and
//! recognises the client's next poll by a template; any other request goes back to actix. Polls of the compatibility
//! endpoint stay with actix, and the hub wakes them. [`PollTemplates`] is public for its benchmark and fuzz target.

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
use compat::SharedCursor;
pub use template::{PollRequest, PollTemplates};

/// The transport.
#[derive(Args, Clone, Debug, Default)]
pub struct LongPoll {
    #[arg(skip)]
    cursor: SharedCursor,
}

impl Transport for LongPoll {
    const NAME: &'static str = "longpoll";
    const ABOUT: &'static str = "Carries messages over long polling";
    const PORT: u16 = 3000;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.cursor.clone()))
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
