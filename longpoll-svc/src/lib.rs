//! Long polling: a request that waits until there is a message.
//!
//! `GET /poll?channel=c` has a cursor, so that no message is lost between two polls. `GET /poll`
//! without a channel is the compatibility endpoint. A poll that has to wait is detached from actix
//! and waits in the hub. The hub answers it, and recognises the client's next poll by a template;
//! any other request goes back to actix. Polls of the compatibility endpoint stay with actix, and
//! the hub wakes them. [`PollTemplates`] is public for its benchmark and fuzz target.

mod compat;
mod interner;
mod poll;
mod poll_request;
mod template;

use actix_web::web;
use clap::Args;
use common::{
    http::{page, resource},
    server::Transport,
};
use compat::SharedCursor;
pub use poll_request::PollRequest;
pub use template::PollTemplates;

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
        app.service(resource(
            "/poll",
            web::get().to(poll::handler),
            "GET, OPTIONS",
        ));
        app.service(page(include_str!("../../web/example/longpoll.html")));
    }
}
