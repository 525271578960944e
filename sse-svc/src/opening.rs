//! How a stream opens: the encoder for it, and its first bytes.

use crate::{
    compat::CompatEncoder,
    encoder::{COMMENT, SseEncoder, hello_event, retry},
    framing::Framing,
};
use bytes::Bytes;
use common::{history::Hello, message::Envelope, transport::Encoder};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The times, in milliseconds, that browsers wait before they reconnect. Each stream gets another
/// one, so that the clients of a failed proxy do not reconnect at the same moment. A drain sends
/// times of its own.
const RETRY: Range<u32> = 1000..3000;
/// 2³² divided by the golden ratio: its multiples are spread evenly, for any number of streams.
const GOLDEN: u32 = 0x9e37_79b9;

/// One encoder for each kind of stream and each framing, shared by all streams of that kind.
pub struct SseEncoders {
    /// With the envelope of messages, and without.
    resumable: [[Arc<dyn Encoder>; 2]; 2],
    compat: [Arc<dyn Encoder>; 2],
    opened: AtomicU32,
}

impl SseEncoders {
    /// `greeting` is the time between two greetings of the compatibility endpoint; zero sends none.
    pub fn new(greeting: Duration) -> Self {
        let framings = [Framing::Chunked, Framing::UntilClose];
        let greeting = (!greeting.is_zero()).then_some(greeting);
        Self {
            resumable: [Envelope::Message, Envelope::None].map(|envelope| {
                framings.map(|framing| Arc::new(SseEncoder { framing, envelope }) as _)
            }),
            compat: framings.map(|framing| Arc::new(CompatEncoder { framing, greeting }) as _),
            opened: AtomicU32::new(0),
        }
    }

    /// Returns the encoder of a new stream and its first bytes. They make browsers report the
    /// stream as open, and pass proxies that wait for a first piece of the body. `hello` is `None`
    /// for the compatibility endpoint, which has no envelope.
    pub fn open(
        &self,
        hello: Option<&Hello>,
        envelope: Envelope,
        http_10: bool,
    ) -> (Arc<dyn Encoder>, Bytes) {
        let framing = if http_10 {
            Framing::UntilClose
        } else {
            Framing::Chunked
        };
        let encoders = match hello {
            Some(_) => &self.resumable[usize::from(envelope == Envelope::None)],
            None => &self.compat,
        };
        let first = hello.map_or_else(|| COMMENT.to_vec(), hello_event);
        let opening = [retry(self.next_retry()), first].concat();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reconnects_are_spread_evenly_over_two_seconds() {
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
        assert!(widest <= Some(6), "{widest:?} ms without a reconnect");
    }
}
