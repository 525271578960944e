//! WebSocket (RFC 6455): one connection, both directions.
//!
//! `GET /ws?channel=c` subscribes and publishes. After the handshake the socket is detached from actix: the hub writes to
//! it with [`WsEncoder`] (public for its benchmark) and gives the peer's bytes to a `session`. The compatibility endpoints
//! `/` and `/echo` answer one peer each and stay with actix, as actors (`compat`). Both decode frames with a `receiver`.
//! No extension is offered.

mod compat;
mod encoder;
mod handshake;
mod receiver;
mod request_queue;
mod session;

use actix_web::{guard, web};
use clap::Args;
use common::{
    http::{only, page},
    server::Transport,
};
use compat::Endpoint;
pub use encoder::WsEncoder;

/// The transport.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Ws;

impl Transport for Ws {
    const NAME: &'static str = "ws";
    const ABOUT: &'static str = "Carries messages over WebSocket";
    const PORT: u16 = 8080;

    fn routes(&self, app: &mut web::ServiceConfig) {
        let get_only = || only("GET, OPTIONS");
        // Some clients offer an upgrade to HTTP/2 with every request.
        let upgrade =
            guard::fn_guard(|context| handshake::offers_websocket(context.head().headers()));
        app.app_data(web::Data::new(WsEncoder::shared()));
        app.service(
            web::resource("/ws")
                .route(web::get().to(session::handler))
                .default_service(get_only()),
        );
        app.service(
            web::resource("/echo")
                .route(web::get().to(Endpoint::Echo.handler()))
                .default_service(get_only()),
        );
        app.service(
            web::resource("/")
                .route(web::get().guard(upgrade).to(Endpoint::Welcome.handler()))
                .route(page(include_str!("../../web/example/ws.html")))
                .default_service(only("GET, HEAD, OPTIONS")),
        );
    }
}
