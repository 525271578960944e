//! WebSocket (RFC 6455): one connection, both directions.
//!
//! `GET /ws?channel=c` subscribes and publishes. After the handshake the socket is detached from
//! actix: the shard writes to it with [`WsEncoder`] (public for its benchmark) and gives the peer's
//! bytes to a `session`. The compatibility endpoints `/` and `/echo` answer one peer each and stay
//! with actix, as actors (`compat`). Both decode frames with a `receiver`. No extension is offered.

mod compat;
mod encoder;
mod handshake;
mod hello;
mod incoming;
mod opening;
mod receiver;
mod request;
mod request_handler;
mod request_queue;
mod session;
mod ws;

use actix_web::{guard, web};
use clap::Args;
use compat::Endpoint;
pub use encoder::WsEncoder;
use service::{
    http::{page, resource},
    server::TransportService,
};

/// The transport.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Ws;

impl TransportService for Ws {
    const NAME: &'static str = "ws";
    const ABOUT: &'static str = "Carries messages over WebSocket";
    const PORT: u16 = 8080;

    fn routes(&self, app: &mut web::ServiceConfig) {
        // Some clients offer an upgrade to HTTP/2 with every request.
        let upgrade =
            guard::fn_guard(|context| handshake::offers_websocket(context.head().headers()));
        let root = web::resource("/").guard(guard::Get()).guard(upgrade);
        let echo = web::get().to(Endpoint::Echo.handler());
        app.app_data(web::Data::new(WsEncoder::shared()));
        app.service(resource("/ws", web::get().to(ws::handler), "GET, OPTIONS"));
        app.service(resource("/echo", echo, "GET, OPTIONS"));
        app.service(root.to(Endpoint::Welcome.handler()));
        app.service(page(include_str!("../../web/example/ws.html")));
    }
}
