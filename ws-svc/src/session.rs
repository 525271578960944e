//! One WebSocket connection to `/ws`. The hub sends the messages of the channels. A session answers
//! the peer's frames: requests such as `{"publish":{"message":…,"key":…},"ref":…}`, and control
//! frames.

use crate::{
    receiver::{ReceiveError, Receiver},
    request_handler::RequestHandler,
    request_queue::{Next, RequestQueue},
};
use bytes::BytesMut;
use common::{
    message::Envelope,
    transport::{self, Flow, Reply},
};
use rfc6455::{Event, close_code::UNSUPPORTED_DATA, encode};
use std::{
    future::ready,
    task::{Context, Poll, Waker},
};

/// Why a connection without envelopes takes no requests.
const NO_REQUESTS: &str = "envelope=none has no replies: publish with POST /messages";

/// How many replies of one read are sent together. The next request is then handled by a task of its
/// own, so that others have their turn.
const REPLIES_PER_TURN: usize = 64;

/// The state of one peer. Control frames are answered at once; requests wait for their turn.
pub(crate) struct Session {
    receiver: Receiver,
    handler: RequestHandler,
    /// Without one, no reply can be told from a message: there are no requests.
    envelope: Envelope,
    /// Whether a request is being handled.
    is_busy: bool,
    requests: RequestQueue,
}

impl Session {
    /// Creates a session without requests.
    pub(crate) fn new(receiver: Receiver, handler: RequestHandler, envelope: Envelope) -> Self {
        Self {
            receiver,
            handler,
            envelope,
            is_busy: false,
            requests: RequestQueue::default(),
        }
    }

    /// Decodes frames until the queue is full, no complete frame is left, or the conversation ends.
    fn decode(&mut self, replies: &mut BytesMut) {
        while !self.requests.is_full() {
            match self.receiver.next_event() {
                Ok(None) => return self.release_share(),
                Ok(Some(Event::Pong)) => {}
                Ok(Some(Event::Ping(payload))) => encode::pong(&payload, replies),
                Ok(Some(Event::Text(_))) if self.envelope == Envelope::None => {
                    self.requests.end(|close| {
                        encode::close(UNSUPPORTED_DATA, NO_REQUESTS, close);
                    });
                }
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

    /// Handles the next request. Returns `None` if its reply is among `replies`.
    fn serve_next(&mut self, replies: &mut BytesMut) -> Option<Flow> {
        match self.begin_next(replies) {
            Flow::PendingReply(mut reply) => {
                let mut context = Context::from_waker(Waker::noop());
                match reply.as_mut().poll(&mut context) {
                    Poll::Ready(Reply::Bytes(reply)) => {
                        replies.extend_from_slice(&reply);
                        self.is_busy = false;
                        None
                    }
                    Poll::Ready(reply) => Some(Flow::PendingReply(Box::pin(ready(reply)))),
                    Poll::Pending => Some(Flow::PendingReply(reply)),
                }
            }
            flow => Some(flow),
        }
    }

    /// Decodes frames, and begins with the next request unless one is being handled.
    fn begin_next(&mut self, replies: &mut BytesMut) -> Flow {
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

    /// Releases the share of the decoder once no request that it counts is left.
    fn release_share(&mut self) {
        if !self.is_busy && self.requests.is_empty() {
            self.receiver.release();
        }
    }
}

impl transport::FrameHandler for Session {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow {
        self.is_busy &= !bytes.is_empty();
        self.receiver.feed(bytes);
        for _ in 0..REPLIES_PER_TURN {
            if let Some(flow) = self.serve_next(replies) {
                return flow;
            }
        }
        self.begin_next(replies)
    }

    fn is_full(&self) -> bool {
        self.requests.is_full()
    }

    fn has_waiting_request(&self) -> bool {
        !self.requests.is_empty()
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
