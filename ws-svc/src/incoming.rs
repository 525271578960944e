//! The messages of a peer whose connection stays with actix.

use crate::receiver::{ReceiveError, Receiver};
use actix_web::{HttpRequest, web};
use common::transport::MESSAGE_TIMEOUT;
use futures_util::{Stream, StreamExt, stream};
use rfc6455::Event;
use service::http::AppState;
use std::{pin::Pin, time::Instant};
use tokio::time::{error::Elapsed, timeout_at};

/// The messages that are handled before the replies are written.
const TURN: u32 = 16;

/// Returns the peer's events up to its close frame or the first error. Its largest message counts
/// in the memory budget until the end, since the peer may not read the reply for a long time.
pub(crate) fn incoming(
    request: &HttpRequest,
    payload: web::Payload,
    service: &AppState,
) -> impl Stream<Item = Result<Event, ReceiveError>> + use<> {
    let receiver = Receiver::new(
        service.config.messages.max_body as usize,
        service.share(request),
    );
    let incoming = Incoming {
        payload: Box::pin(payload),
        receiver,
        count: 0,
        due: None,
    };
    stream::unfold(incoming, |mut incoming| async move {
        let item = incoming.next().await?;
        Some((item, incoming))
    })
}

struct Incoming {
    payload: Pin<Box<web::Payload>>,
    receiver: Receiver,
    /// The events so far.
    count: u32,
    /// The number of the incomplete message, and the time at which it times out.
    due: Option<(u32, Instant)>,
}

impl Incoming {
    async fn next(&mut self) -> Option<Result<Event, ReceiveError>> {
        self.count += 1;
        if self.count.is_multiple_of(TURN) {
            actix_web::rt::task::yield_now().await;
        }
        loop {
            match self.receiver.next_event().transpose() {
                None => match self.bytes().await {
                    Ok(bytes) => self.receiver.feed(&bytes?),
                    Err(Elapsed { .. }) => self.receiver.give_up(),
                },
                complete => return complete,
            }
        }
    }

    /// Reads the next bytes. Returns `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// Returns `Elapsed` if the incomplete message times out first.
    async fn bytes(&mut self) -> Result<Option<web::Bytes>, Elapsed> {
        let unfinished = self.receiver.unfinished();
        self.due = unfinished.map(|message| match self.due {
            Some(due) if due.0 == message => due,
            _ => (message, Instant::now() + MESSAGE_TIMEOUT),
        });
        let bytes = self.payload.next();
        let bytes = match self.due {
            Some((_, due)) => timeout_at(due.into(), bytes).await?,
            None => bytes.await,
        };
        Ok(bytes.and_then(Result::ok))
    }
}
