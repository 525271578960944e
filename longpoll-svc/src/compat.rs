//! The compatibility endpoint: `GET /poll` without a channel. Each response has exactly one
//! message, because the page of the original example takes every response for a message.
//!
//! All these polls share one cursor: a message goes to the polls that wait when it is published, or
//! else to the next poll. Clients that must not miss a message name a channel and send a cursor.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Version, header},
    rt::time::sleep,
};
use bytes::Bytes;
use common::{
    budget::{BudgetExhausted, BudgetShare, FREE_PER_CONNECTION},
    channels::{Channel, ChannelLease},
    history::HistoryRead,
    hub::Hub,
    message::{ChannelName, Cursor, Message, MessageId},
};
use futures_util::stream;
use parking_lot::Mutex;
use service::http::{AppState, Principal, Problem, Subscription, delimit_by_close};
use std::{io, sync::Arc, time::Duration};

/// The id of the last message that a poll got; `None` before the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCursor(Arc<Mutex<Option<MessageId>>>);

impl SharedCursor {
    /// Returns the cursor. The first poll starts at the beginning of the history.
    fn get(&self, channel: &Channel) -> MessageId {
        self.0
            .lock()
            .unwrap_or_else(|| channel.resume(Cursor::Earliest).cursor)
    }

    /// Advances the cursor. Never moves it back: another poll may have got a later message.
    fn advance_to(&self, id: MessageId) {
        let mut last = self.0.lock();
        *last = (*last).max(Some(id));
    }
}

/// The heartbeat: a JSON text may begin with any amount of white space (RFC 8259 §2).
const WHITE_SPACE: Bytes = Bytes::from_static(b" ");

/// A waiting poll. The shared cursor advances only when it gets a message, so a poll that is
/// disconnected loses nothing.
struct WaitingPoll {
    hub: Hub,
    channel: ChannelLease,
    shared_cursor: SharedCursor,
    cursor: MessageId,
    heartbeat: Duration,
    principal: Principal,
    /// What the message counts in the memory budget until it is written.
    share: BudgetShare,
}

/// The part of a response that is not yet written.
enum Rest {
    /// Everything.
    Waits(WaitingPoll),
    /// The rest of its message.
    Message(Bytes, BudgetShare),
}

/// The bytes of a message that actix buffers at a time.
const PIECE: usize = 4096;

fn piece(mut json: Bytes, share: BudgetShare) -> (Bytes, Option<Rest>) {
    let piece = json.split_to(json.len().min(PIECE));
    (
        piece,
        (!json.is_empty()).then(|| Rest::Message(json, share)),
    )
}

/// Responds to a poll with the next message.
///
/// # Errors
///
/// Returns a problem if the principal may not subscribe to `main` or the channel cannot be opened.
pub(crate) async fn handle(
    request: &HttpRequest,
    service: &AppState,
    shared_cursor: &SharedCursor,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let channel = Subscription::open(service, &principal, ChannelName::main(), Cursor::Latest)
        .await?
        .channel;
    let cursor = shared_cursor.get(&channel);
    let heartbeat = service.config.messages.heartbeat;
    let share = service.share(request);
    let poll = WaitingPoll {
        hub: service.hub.clone(),
        channel,
        shared_cursor: shared_cursor.clone(),
        cursor,
        heartbeat,
        principal,
        share,
    };
    let body = stream::try_unfold(Some(Rest::Waits(poll)), |rest| async {
        match rest {
            Some(Rest::Waits(poll)) => poll.piece().await.map(Some),
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

impl WaitingPoll {
    /// Waits for the next piece of the response, and returns it with the rest.
    async fn piece(mut self) -> io::Result<(Bytes, Option<Rest>)> {
        let wait = self
            .principal
            .expires_in()
            .map_or(self.heartbeat, |left| left.min(self.heartbeat));
        tokio::select! {
            biased;
            () = self.channel.changed_from(self.cursor) => {
                if let Some(message) = self.take_message()? {
                    return Ok(piece(message.json().clone(), self.share));
                }
                // The messages have left the history already.
            }
            () = self.hub.drained() => return Err(aborted()),
            () = sleep(wait) => {
                if self.principal.expires_in().is_some_and(|left| left.is_zero()) {
                    return Err(aborted());
                }
            }
        }
        // White space keeps the connection alive.
        Ok((WHITE_SPACE, Some(Rest::Waits(self))))
    }

    /// Takes the oldest message of the history after the cursor. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the message is large and the memory budget is exhausted. The message is
    /// left for the next poll.
    fn take_message(&mut self) -> io::Result<Option<Message>> {
        loop {
            match self.channel.read(self.cursor, 1, 1) {
                HistoryRead::Messages(mut batch) => {
                    let length = batch[0].json().len();
                    if length > FREE_PER_CONNECTION {
                        self.share
                            .grow_to(length)
                            .map_err(|BudgetExhausted| aborted())?;
                    }
                    self.shared_cursor.advance_to(batch[0].id);
                    self.hub.metrics().delivered.inc();
                    return Ok(Some(batch.swap_remove(0)));
                }
                HistoryRead::Reset(reset) => self.cursor = reset.cursor(),
                HistoryRead::CaughtUp => return Ok(None),
            }
        }
    }
}

/// The error that closes the connection in the middle of the response: a response without a message
/// does not exist.
fn aborted() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
