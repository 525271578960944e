//! The kinds of streams this service offers, as the hub writes them.

use crate::frame::{self, COMMENT, Framing};
use bytes::Bytes;
use common::{
    history::{Reset, Resume},
    hub::{Disconnect, Encoder},
    message::Message,
};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How long a browser waits before it comes back after a connection was lost, in milliseconds: each another time of these, so that
/// those of a proxy that fell do not all come at once. How long after a drain, its goodbye says.
const RETRY: Range<u32> = 1000..3000;
/// The golden section of 2³²: its multiples are spread evenly, however many there are.
const GOLDEN: u32 = 0x9e37_79b9;

/// One wire for each kind of stream and framing.
pub struct SseEncoders {
    named: [Arc<dyn Encoder>; 2],
    compat: [Arc<dyn Encoder>; 2],
    opened: AtomicU32,
}

impl SseEncoders {
    /// `greeting` is the time between two greetings of the document's endpoint; zero for none.
    pub fn new(greeting: Duration) -> Self {
        let framings = [Framing::Chunked, Framing::UntilClose];
        let every = (!greeting.is_zero()).then_some(greeting);
        Self {
            named: framings.map(|framing| Arc::new(SseEncoder(framing)) as _),
            compat: framings.map(|framing| Arc::new(CompatEncoder(framing, every)) as _),
            opened: AtomicU32::new(0),
        }
    }

    /// The wire of a stream and its first bytes, which open it in browsers and pass proxies that wait for some. `start` is where it
    /// begins; none for the document's endpoint.
    pub fn pick(&self, start: Option<&Resume>, http_10: bool) -> (Arc<dyn Encoder>, Bytes) {
        let framing = if http_10 {
            Framing::UntilClose
        } else {
            Framing::Chunked
        };
        let encoders = if start.is_some() {
            &self.named
        } else {
            &self.compat
        };
        let first = start.map_or_else(|| COMMENT.to_vec(), frame::hello);
        let opening = [frame::retry(self.next_retry()), first].concat();
        (
            encoders[usize::from(http_10)].clone(),
            framing.piece(&opening),
        )
    }

    fn next_retry(&self) -> Duration {
        let turn = self.opened.fetch_add(GOLDEN, Ordering::Relaxed);
        let part = (u64::from(turn) * u64::from(RETRY.end - RETRY.start)) >> 32;
        Duration::from_millis(u64::from(RETRY.start) + part)
    }
}

/// The shared protocol.
struct SseEncoder(Framing);

impl Encoder for SseEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        batch
            .iter()
            .for_each(|message| frame::message(message, &mut events));
        self.0.piece(&events)
    }

    fn reset(&self, reset: Reset) -> Bytes {
        self.0.piece(&frame::reset(reset))
    }

    fn heartbeat(&self) -> Bytes {
        self.0.piece(COMMENT)
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        self.0.last_piece(&last_words(disconnect))
    }
}

/// The founding document's stream: no ids, so nothing to resume from, and a greeting for a heartbeat.
struct CompatEncoder(Framing, Option<Duration>);

impl Encoder for CompatEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let mut events = Vec::new();
        batch
            .iter()
            .for_each(|message| frame::compat_message(message.body(), &mut events));
        self.0.piece(&events)
    }

    fn reset(&self, _: Reset) -> Bytes {
        self.0.piece(COMMENT)
    }

    fn heartbeat(&self) -> Bytes {
        match self.1 {
            Some(_) => self
                .0
                .piece(b"data: {\"message\":\"Hello from server!\"}\n\n"),
            None => self.0.piece(COMMENT),
        }
    }

    fn heartbeat_every(&self) -> Option<Duration> {
        self.1
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        self.0.last_piece(&last_words(disconnect))
    }
}

/// A browser comes back after either. With an expired token it then learns that from the answer, and stays away.
fn last_words(disconnect: Disconnect) -> Vec<u8> {
    match disconnect {
        Disconnect::Draining(comeback) => frame::retry(comeback),
        Disconnect::TokenExpired => frame::TOKEN_EXPIRED.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comebacks_are_spread_evenly_over_two_seconds() {
        let encoders = SseEncoders::new(Duration::ZERO);
        let mut waits: Vec<_> = (0..1000)
            .map(|_| encoders.next_retry().as_millis())
            .collect();
        waits.sort_unstable();
        assert!(
            waits[0] < 1010 && waits[999] >= 2990 && waits[999] < 3000,
            "{} to {}",
            waits[0],
            waits[999]
        );
        let widest = waits.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest <= Some(6), "{widest:?} ms without anybody");
    }
}
