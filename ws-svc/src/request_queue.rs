//! The requests of a peer that wait for their turn, in order and in bounded memory.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// The bytes of requests that may wait: a few hundred small ones. They do not count in the memory
/// budget. The last request may exceed this; it then counts in the budget as the decoder's message.
const CAPACITY: usize = 24 * 1024;
/// The overhead of a request, in bytes.
const OVERHEAD: usize = 64;

/// The requests of a peer. Boxed, because most peers have none most of the time.
#[derive(Default)]
pub(crate) struct RequestQueue(Option<Box<Waiting>>);

/// The waiting requests, and the close frame that follows the last one once the conversation is
/// ending.
#[derive(Default)]
struct Waiting {
    requests: VecDeque<Bytes>,
    size: usize,
    close: Option<BytesMut>,
}

/// The next step of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Answer this request.
    Request(Bytes),
    /// Write this close frame, and nothing after it.
    Close(BytesMut),
}

impl RequestQueue {
    /// Returns whether no more requests may be read.
    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.0.as_ref();
        waiting.is_some_and(|waiting| waiting.size >= CAPACITY || waiting.close.is_some())
    }

    /// Returns whether no request waits.
    pub(crate) fn is_empty(&self) -> bool {
        let waiting = self.0.as_ref();
        waiting.is_none_or(|waiting| waiting.requests.is_empty())
    }

    /// Adds a copy of a request. The buffer it was read into may be much larger, and would be kept
    /// alive.
    pub(crate) fn push(&mut self, request: &[u8]) {
        let waiting = self.0.get_or_insert_default();
        waiting.size += request.len() + OVERHEAD;
        waiting.requests.push_back(Bytes::copy_from_slice(request));
    }

    /// Ends the conversation with a close frame after the waiting requests.
    pub(crate) fn end(&mut self, close: impl FnOnce(&mut BytesMut)) {
        let waiting = self.0.get_or_insert_default();
        close(waiting.close.get_or_insert_default());
    }

    /// Removes and returns the next step. Returns `None` if nothing waits.
    pub(crate) fn next(&mut self) -> Option<Next> {
        let Some(request) = self.0.as_mut()?.requests.pop_front() else {
            return self.0.take()?.close.map(Next::Close);
        };
        self.0.as_mut()?.size -= request.len() + OVERHEAD;
        Some(Next::Request(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_their_order_and_the_close_frame_is_last() {
        let mut requests = RequestQueue::default();
        assert_eq!(requests.next(), None);
        requests.push(b"1");
        requests.push(b"2");
        requests.end(|close| close.extend_from_slice(b"close"));
        assert!(requests.is_full(), "no requests after a close frame");
        let request = |text: &'static str| Some(Next::Request(text.into()));
        assert_eq!(
            [requests.next(), requests.next()],
            [request("1"), request("2")]
        );
        assert_eq!(requests.next(), Some(Next::Close(b"close"[..].into())));
    }

    #[test]
    fn the_capacity_counts_bytes_and_overhead() {
        for (length, expected) in [(1, 379), (CAPACITY, 1), (16 * CAPACITY, 1)] {
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
