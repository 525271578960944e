//! The kinds of streams this service offers, as the hub writes them.

use crate::frame::{self, COMMENT, Framing};
use bytes::Bytes;
use common::{
    hub::{Goodbye, Wire},
    log::Reset,
    message::Message,
};
use std::{sync::Arc, time::Duration};

/// How long a browser waits before it comes back after a connection was lost; how long after a drain, its goodbye says.
const RETRY: Duration = Duration::from_secs(2);

/// One wire for each kind of stream and framing.
pub struct Wires {
    named: [Arc<dyn Wire>; 2],
    bare: [Arc<dyn Wire>; 2],
}

impl Wires {
    /// `greeting` is the time between two greetings of the document's endpoint; zero for none.
    pub fn new(greeting: Duration) -> Self {
        let framings = [Framing::Chunked, Framing::UntilClose];
        let every = (!greeting.is_zero()).then_some(greeting);
        Self {
            named: framings.map(|framing| Arc::new(Named(framing)) as _),
            bare: framings.map(|framing| Arc::new(Bare(framing, every)) as _),
        }
    }

    /// The wire of a stream and its first bytes, which open it in browsers and pass proxies that wait for some.
    pub fn pick(&self, is_bare: bool, http_10: bool) -> (Arc<dyn Wire>, Bytes) {
        let framing = if http_10 { Framing::UntilClose } else { Framing::Chunked };
        let wires = if is_bare { &self.bare } else { &self.named };
        let opening = [&frame::retry(RETRY)[..], COMMENT].concat();
        (wires[usize::from(http_10)].clone(), framing.piece(&opening))
    }
}

/// The shared protocol.
struct Named(Framing);

impl Wire for Named {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        batch.iter().for_each(|message| frame::message(message, &mut events));
        self.0.piece(&events)
    }

    fn reset(&self, reset: Reset) -> Bytes {
        self.0.piece(&frame::reset(reset))
    }

    fn heartbeat(&self) -> Bytes {
        self.0.piece(COMMENT)
    }

    fn goodbye(&self, goodbye: Goodbye) -> Bytes {
        self.0.last_piece(&last_words(goodbye))
    }
}

/// The founding document's stream: no ids, so nothing to resume from, and a greeting for a heartbeat.
struct Bare(Framing, Option<Duration>);

impl Wire for Bare {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        batch.iter().for_each(|message| frame::bare_message(message.body(), &mut events));
        self.0.piece(&events)
    }

    fn reset(&self, _: Reset) -> Bytes {
        self.0.piece(COMMENT)
    }

    fn heartbeat(&self) -> Bytes {
        match self.1 {
            Some(_) => self.0.piece(b"data: {\"message\":\"Hello from server!\"}\n\n"),
            None => self.0.piece(COMMENT),
        }
    }

    fn heartbeat_every(&self) -> Option<Duration> {
        self.1
    }

    fn goodbye(&self, goodbye: Goodbye) -> Bytes {
        self.0.last_piece(&last_words(goodbye))
    }
}

/// A browser comes back after either. With an expired token it then learns that from the answer, and stays away.
fn last_words(goodbye: Goodbye) -> Vec<u8> {
    match goodbye {
        Goodbye::Draining(comeback) => frame::retry(comeback),
        Goodbye::TokenExpired => frame::TOKEN_EXPIRED.to_vec(),
    }
}
