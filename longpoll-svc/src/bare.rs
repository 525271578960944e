//! Bare `GET /poll`, as the founding document shows it: one message an answer, and never an answer without one, because
//! the document's page takes every answer for a message and stops at anything else.
//!
//! All bare polls share one position, so a message is for whoever waits when it comes, or for the next who asks. For
//! anything real there is a cursor.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Version, header},
};
use bytes::Bytes;
use common::{
    http::{Caller, Problem, Service, Subscription, delimit_by_close},
    hub::{Change, Feed, Worker},
    log::Read,
    message::{After, Channel, Message},
};
use futures_util::stream;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The offset of the last message that a bare poll was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position(Arc<AtomicU64>);

/// A poll that waits. Its position moves only when it is given a message: one that goes away takes nothing with it.
struct Held {
    worker: Worker,
    feed: Arc<Feed>,
    position: Position,
    next: u64,
    heartbeat: Duration,
    caller: Caller,
}

pub(crate) async fn answer(
    request: &HttpRequest,
    service: &Service,
    worker: Worker,
    position: &Position,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    let feed = Subscription::open(service, &caller, Channel::main(), After::Now).await?.feed;
    let next = position.0.load(Ordering::Relaxed) + 1;
    let heartbeat = service.config.heartbeat();
    let held = Held { worker, feed, position: position.clone(), next, heartbeat, caller };
    let body = stream::try_unfold(Some(held), |held| async {
        match held {
            Some(held) => held.piece().await.map(Some),
            None => Ok(None),
        }
    });
    let mut response = HttpResponse::Ok();
    response.content_type("application/json").insert_header((header::CACHE_CONTROL, "no-store"));
    let mut response = response.streaming(body);
    if request.version() == Version::HTTP_10 {
        delimit_by_close(&mut response);
    }
    Ok(response)
}

impl Held {
    /// The next piece of the answer, and who gives the one after that.
    async fn piece(self) -> io::Result<(Bytes, Option<Self>)> {
        let wait = self.caller.left().map_or(self.heartbeat, |left| left.min(self.heartbeat));
        match self.worker.changed(&self.feed, self.next, wait).await {
            Change::Message => Ok((self.take().json().clone(), None)),
            Change::WaitOver if self.caller.left().is_some_and(|left| left.is_zero()) => Err(cut_off()),
            // White space before a JSON text means nothing, and keeps the connection alive (RFC 8259 §2).
            Change::WaitOver => Ok((Bytes::from_static(b" "), Some(self))),
            Change::Draining => Err(cut_off()),
        }
    }

    fn take(&self) -> Message {
        let mut next = self.next;
        loop {
            match self.feed.read(next, 1, 1) {
                Read::Messages(mut batch) => {
                    self.position.0.fetch_max(batch[0].id.offset, Ordering::Relaxed);
                    self.worker.metrics().delivered.inc();
                    return batch.swap_remove(0);
                }
                Read::Lost(reset) => next = reset.oldest.offset,
                Read::CaughtUp => unreachable!("the log has a message at or past `next`"),
            }
        }
    }
}

/// There is no answer without a message: the client sees that the connection was lost.
fn cut_off() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
