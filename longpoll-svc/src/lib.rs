//! Long polling: a request that is held until there is something to answer.
//!
//! `GET /poll?channel=c` speaks the shared protocol, with a cursor, so that nothing is lost between two polls; bare
//! `GET /poll` behaves as the founding document shows. Held requests stay with actix; the hub only wakes them.

mod bare;
mod poll;

use actix_web::web;
use bare::Position;
use clap::Args;
use common::{
    http::{only, page},
    server::Transport,
};

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
        app.app_data(web::Data::new(self.position.clone()));
        app.service(web::resource("/poll").route(web::get().to(poll::handler)).default_service(only("GET, OPTIONS")));
        let html = include_str!("../../web/example/longpoll.html");
        app.service(web::resource("/").route(page(html)).default_service(only("GET, HEAD, OPTIONS")));
    }
}
