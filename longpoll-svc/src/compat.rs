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
    budget::{BudgetExhausted, BudgetShare, FREE_PER_CONNECTION},
    history::HistoryRead,
    http::{AppState, Principal, Problem, Subscription, delimit_by_close},
    hub::{Channel, ChannelLease, Shard, WakeReason},
    message::{ChannelName, Cursor, Message, MessageId},
};
use futures_util::stream;
use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The id of the last message that a bare poll was given; none before the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position(Arc<Mutex<Option<MessageId>>>);

impl Position {
    /// Everything that is held is new to the first poll.
    fn get(&self, feed: &Channel) -> MessageId {
        self.0
            .lock()
            .expect("no panic while moving on")
            .unwrap_or_else(|| feed.resume(Cursor::Earliest).cursor)
    }

    /// Never back: another poll may have been given more.
    fn move_to(&self, id: MessageId) {
        let mut last = self.0.lock().expect("no panic while moving on");
        *last = (*last).max(Some(id));
    }
}

/// What a JSON text may begin with, for as long as one likes (RFC 8259 §2).
const WHITE_SPACE: Bytes = Bytes::from_static(b" ");

/// A poll that waits. Its position moves only when it is given a message: one that goes away takes nothing with it.
struct Held {
    worker: Shard,
    feed: ChannelLease,
    shared: Position,
    position: MessageId,
    heartbeat: Duration,
    principal: Principal,
    /// What the message counts for until it is taken.
    share: BudgetShare,
}

/// What is left of a response.
enum Rest {
    /// Everything.
    Waits(Held),
    /// The end of its message.
    Message(Bytes, BudgetShare),
}

/// How much of a message actix copies before the socket has taken some.
const PIECE: usize = 4096;

fn piece(mut json: Bytes, share: BudgetShare) -> (Bytes, Option<Rest>) {
    let piece = json.split_to(json.len().min(PIECE));
    (
        piece,
        (!json.is_empty()).then(|| Rest::Message(json, share)),
    )
}

pub(crate) async fn answer(
    request: &HttpRequest,
    service: &AppState,
    worker: Shard,
    shared: &Position,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let feed = Subscription::open(service, &principal, ChannelName::main(), Cursor::Latest)
        .await?
        .feed;
    let (shared, position) = (shared.clone(), shared.get(&feed));
    let heartbeat = service.config.heartbeat();
    let share = service.share(request);
    let held = Held {
        worker,
        feed,
        shared,
        position,
        heartbeat,
        principal,
        share,
    };
    let body = stream::try_unfold(Some(Rest::Waits(held)), |rest| async {
        match rest {
            Some(Rest::Waits(held)) => held.piece().await.map(Some),
            Some(Rest::Message(json, share)) => Ok(Some(piece(json, share))),
            None => Ok(None),
        }
    });
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"));
    let mut response = response.streaming(body);
    if request.version() == Version::HTTP_10 {
        delimit_by_close(&mut response);
    }
    Ok(response)
}

impl Held {
    /// The next piece of the response, and what is left after it.
    async fn piece(mut self) -> io::Result<(Bytes, Option<Rest>)> {
        let wait = self
            .principal
            .expires_in()
            .map_or(self.heartbeat, |left| left.min(self.heartbeat));
        match self.changed(wait).await {
            WakeReason::News => match self.take()? {
                Some(message) => Ok(piece(message.json().clone(), self.share)),
                // All that it waited for left the log before it looked.
                None => Ok((WHITE_SPACE, Some(Rest::Waits(self)))),
            },
            WakeReason::WaitOver
                if self
                    .principal
                    .expires_in()
                    .is_some_and(|left| left.is_zero()) =>
            {
                Err(cut_off())
            }
            // It means nothing and keeps the connection alive.
            WakeReason::WaitOver => Ok((WHITE_SPACE, Some(Rest::Waits(self)))),
            WakeReason::Draining => Err(cut_off()),
        }
    }

    async fn changed(&self, wait: Duration) -> WakeReason {
        self.worker.changed(&self.feed, self.position, wait).await
    }

    /// The oldest message that is held, from its position on; none if there is none any more.
    ///
    /// # Errors
    ///
    /// If the message is large and the budget has no room for one more that is being taken; it is left for the next poll.
    fn take(&mut self) -> io::Result<Option<Message>> {
        loop {
            match self.feed.read(self.position, 1, 1) {
                HistoryRead::Messages(mut batch) => {
                    let length = batch[0].json().len();
                    if length > FREE_PER_CONNECTION {
                        self.share
                            .grow_to(length)
                            .map_err(|BudgetExhausted| cut_off())?;
                    }
                    self.shared.move_to(batch[0].id);
                    self.worker.metrics().delivered.inc();
                    return Ok(Some(batch.swap_remove(0)));
                }
                HistoryRead::Reset(reset) => self.position = reset.cursor(),
                HistoryRead::CaughtUp => return Ok(None),
            }
        }
    }
}

/// There is no answer without a message: the client sees that the connection was lost.
fn cut_off() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
