//! `GET /ws?channel=c`: subscribing and publishing over one connection. The handler.

use crate::{
    encoder::WsEncoders,
    handshake,
    hello::ServingWorker,
    opening::{Peer, channels},
    receiver::Receiver,
    request_handler::RequestHandler,
    session::Session,
};
use actix_web::{HttpRequest, HttpResponse, web};
use common::{budget::BudgetShare, message::Envelope, shard::Shard};
use net::detach;
use service::http::{
    AppState, Channels, Principal, Problem, Query, StreamSubscription, origin_is_allowed,
};

/// The bytes that a publish frame may have in addition to the message.
const ENVELOPE: usize = 512;

/// Completes the handshake and detaches the socket, to which the shard then writes.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    encoders: web::Data<WsEncoders>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let headers = handshake::accept(&request)?;
    origin_is_allowed(&request, &service)?;
    let query = Query::of(&request);
    let channels = channels(&query)?;
    let wants_worker = query.flag("worker")?;
    let envelope = query.envelope()?;
    if envelope == Envelope::None {
        check_without_envelope(&channels, wants_worker)?;
    }
    let cursors = query.cursors(&channels)?;
    let opened = StreamSubscription::open(&service, &principal, channels, cursors).await?;
    let encoder = encoders.get(envelope);
    let share = service.share(&request);
    let response = detach(&request, headers, move |detached| {
        let handler = RequestHandler {
            service: service.clone(),
            principal: principal.clone(),
            channel: opened.first().clone(),
        };
        let peer = Peer {
            detached,
            session: Box::new(session(handler, envelope, share)),
            service,
            principal,
            encoder,
            envelope,
            serving: wants_worker.then(|| ServingWorker::of(&shard)),
        };
        peer.begin(opened, &shard);
    });
    Ok(handshake::without_content_type(response))
}

/// Returns a session whose frames hold a message of the largest size that is accepted.
fn session(handler: RequestHandler, envelope: Envelope, share: BudgetShare) -> Session {
    let max_body = handler.service.config.messages.max_body;
    let receiver = Receiver::new(max_body as usize + ENVELOPE, share);
    Session::new(receiver, handler, envelope)
}

/// Checks the other parameters of a request with `envelope=none`.
fn check_without_envelope(channels: &Channels, wants_worker: bool) -> Result<(), Problem> {
    if wants_worker {
        let detail = "needs the frame hello, which envelope=none leaves out";
        return Err(Problem::parameter("worker", "true", detail));
    }
    if matches!(channels, Channels::Several(_)) {
        let detail = "needs one channel, since a frame without an envelope does not name its own";
        return Err(Problem::parameter("envelope", "none", detail));
    }
    Ok(())
}
