//! What a peer has asked for and waits for its turn, in order and in bounded memory.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// How many bytes of requests may wait: some hundred small ones. They are part of what every connection may hold without
/// asking. The last of them may go beyond, and then counts in the budget, as the decoder's message.
const ROOM: usize = 24 * 1024;
/// What each costs besides its bytes.
const EACH: usize = 64;

/// The requests, and the close frame that follows the last of them if the peer may or will say no more.
#[derive(Default)]
pub(crate) struct RequestQueue {
    requests: VecDeque<Bytes>,
    size: usize,
    close: Option<BytesMut>,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A request is to be answered.
    Request(Bytes),
    /// This close frame is to be written, and nothing after it.
    PeerEnd(BytesMut),
}

impl RequestQueue {
    /// Whether nothing more is to be read.
    pub(crate) fn is_full(&self) -> bool {
        self.size >= ROOM || self.close.is_some()
    }

    /// Whether no request waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Takes a copy: what was read may be much larger, and would be kept with it.
    pub(crate) fn push(&mut self, request: &[u8]) {
        self.size += request.len() + EACH;
        self.requests.push_back(Bytes::copy_from_slice(request));
    }

    /// Ends the conversation behind what waits.
    pub(crate) fn end(&mut self, close: impl FnOnce(&mut BytesMut)) {
        close(self.close.get_or_insert_default());
    }

    /// The next in order; none if nothing waits.
    pub(crate) fn next(&mut self) -> Option<Next> {
        let Some(request) = self.requests.pop_front() else {
            return self.close.take().map(Next::PeerEnd);
        };
        self.size -= request.len() + EACH;
        Some(Next::Request(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_in_order_and_the_close_last() {
        let mut requests = RequestQueue::default();
        assert_eq!(requests.next(), None);
        requests.push(b"1");
        requests.push(b"2");
        requests.end(|close| close.extend_from_slice(b"close"));
        assert!(requests.is_full(), "nothing counts behind a close");
        let request = |text: &'static str| Some(Next::Request(text.into()));
        assert_eq!(
            [requests.next(), requests.next()],
            [request("1"), request("2")]
        );
        assert_eq!(requests.next(), Some(Next::PeerEnd(b"close"[..].into())));
    }

    #[test]
    fn small_requests_and_large_ones_have_the_same_room() {
        for (length, expected) in [(1, 379), (ROOM, 1), (16 * ROOM, 1)] {
            let (mut requests, mut count) = (RequestQueue::default(), 0);
            while !requests.is_full() {
                requests.push(&vec![0; length]);
                count += 1;
            }
            assert_eq!(count, expected, "of {length} bytes");
            assert!(requests.next().is_some() && !requests.is_full());
        }
    }
}
