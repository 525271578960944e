//! `GET /ws?channel=c`: subscribing and publishing over one connection. The hub sends the channel's
//! messages. A session answers the peer's frames: `{"publish":{"message":…,"key":…},"ref":…}` and
//! control frames.

use crate::{
    encoder::{ServingWorker, hello},
    handshake,
    receiver::{ReceiveError, Receiver},
    request_handler::RequestHandler,
    request_queue::{Next, RequestQueue},
};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::BytesMut;
use common::{
    http::{AppState, Principal, Problem, Query, Subscription, origin_is_allowed},
    hub::{self, Encoder, Flow, NewStream, Shard},
    net::detach,
};
use rfc6455::{Event, close_code::UNSUPPORTED_DATA, encode};
use std::{process, sync::Arc};

/// The bytes that a publish frame may have in addition to the message.
const ENVELOPE: usize = 512;

/// Completes the handshake and detaches the socket, to which the hub then writes.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    encoder: web::Data<Arc<dyn Encoder>>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let head = handshake::accept(&request)?;
    origin_is_allowed(&request, &service)?;
    let query = Query::of(&request);
    let missing = || {
        let detail = "channel=NAME is missing: /ws?channel=main";
        Problem::new(400, "bad-channel", detail)
    };
    let name = query.channel()?.ok_or_else(missing)?;
    let wants_worker = query.flag("worker")?;
    let subscription = Subscription::open(&service, &principal, name, query.after()?).await?;
    let Subscription {
        name,
        channel,
        cursor,
        expires_in,
    } = subscription;
    let encoder = encoder.get_ref().clone();
    let share = service.share(&request);
    let response = detach(&request, head, move |detached| {
        let resume = channel.resume(cursor);
        let serving = wants_worker.then(|| ServingWorker {
            worker: shard.number(),
            pid: process::id(),
        });
        let max_body = service.config.messages.max_body;
        let opening = BytesMut::from(&hello(&resume, max_body, serving)[..]);
        let session = Session {
            receiver: Receiver::new(max_body as usize + ENVELOPE, share),
            handler: RequestHandler {
                service,
                principal,
                channel: name,
            },
            is_busy: false,
            requests: RequestQueue::default(),
        };
        shard.add_stream(NewStream {
            detached,
            channel,
            encoder,
            resume,
            opening,
            incoming: Some(Box::new(session)),
            expires_in,
        });
    });
    Ok(handshake::without_content_type(response))
}

/// The state of one peer. Control frames are answered at once; requests wait for their turn.
struct Session {
    receiver: Receiver,
    handler: RequestHandler,
    /// Whether a request is being handled.
    is_busy: bool,
    requests: RequestQueue,
}

impl Session {
    /// Decodes frames until the queue is full, no complete frame is left, or the conversation ends.
    fn decode(&mut self, replies: &mut BytesMut) {
        while !self.requests.is_full() {
            match self.receiver.next_event() {
                Ok(None) => return self.release_share(),
                Ok(Some(Event::Pong)) => {}
                Ok(Some(Event::Ping(payload))) => encode::pong(&payload, replies),
                Ok(Some(Event::Text(text))) => self.requests.push(&text.into_bytes()),
                Ok(Some(Event::Binary(_))) => {
                    self.requests.end(|close| {
                        encode::close(UNSUPPORTED_DATA, "expected a text message", close);
                    });
                }
                Ok(Some(Event::Close(None))) => self.requests.end(encode::close_without_code),
                Ok(Some(Event::Close(Some(close_frame)))) => {
                    self.requests
                        .end(|close| encode::close(close_frame.code, "", close));
                }
                Err(error) => self.requests.end(|close| close_for(error, close)),
            }
        }
    }

    /// Releases the share of the decoder once no request that it counts is left.
    fn release_share(&mut self) {
        if !self.is_busy && self.requests.is_empty() {
            self.receiver.release();
        }
    }
}

impl hub::FrameHandler for Session {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow {
        self.is_busy &= !bytes.is_empty();
        self.receiver.feed(bytes);
        self.decode(replies);
        if self.is_busy {
            return Flow::Read;
        }
        let next = self.requests.next();
        self.is_busy = matches!(next, Some(Next::Request(_)));
        // The queue has room again. Bytes left in the decoder would otherwise wait for the next
        // read.
        self.decode(replies);
        match next {
            Some(Next::Request(request)) => {
                Flow::PendingReply(Box::pin(self.handler.clone().handle(request)))
            }
            Some(Next::Close(close)) => {
                replies.extend_from_slice(&close);
                Flow::End
            }
            None => Flow::Read,
        }
    }

    fn is_full(&self) -> bool {
        self.requests.is_full()
    }

    fn unfinished(&self) -> Option<u32> {
        self.receiver.unfinished()
    }

    fn give_up(&mut self, last: &mut BytesMut) -> bool {
        self.receiver.give_up();
        self.decode(last);
        if self.is_busy {
            return false;
        }
        let Some(Next::Close(close)) = self.requests.next() else {
            return false;
        };
        last.extend_from_slice(&close);
        true
    }
}

/// Encodes the close frame that names the error.
pub(crate) fn close_for(error: ReceiveError, out: &mut BytesMut) {
    encode::close(error.close_code(), &error.to_string(), out);
}
