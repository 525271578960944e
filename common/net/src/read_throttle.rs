//! Bounds how far actix reads ahead of the request that it answers.
//!
//! actix reads until it has 128 KiB, and then polls the socket again and again until the request is
//! answered. So the socket is only watched for its end while more bytes would be of no use: while a
//! complete request is answered, and while the peer does not take its responses.

use std::task::{Context, Waker};

/// The most bytes that are read without a pause.
const MAX_BYTES: usize = 16 * 1024;

/// Decides whether a connection may be read.
#[derive(Default)]
pub(super) struct ReadThrottle {
    /// A request that was read to its end is being answered.
    is_answering: bool,
    /// The kernel takes no more bytes for the peer.
    is_blocked: bool,
    /// The connection leaves actix after this response.
    is_closed: bool,
    /// The number of bytes read since the last pause.
    since_pause: usize,
    /// The task that may read later.
    waker: Option<Waker>,
}

/// What may be done with the socket now.
pub(super) enum ReadPermission {
    /// Read it.
    Read,
    /// Read it later; the task was woken for that.
    Later,
    /// Only watch it for its end.
    EndOnly,
}

impl ReadThrottle {
    /// Returns what the task may do. It is woken when it may read again.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> ReadPermission {
        if self.is_blocked || self.is_closed || self.is_answering {
            self.waker = Some(context.waker().clone());
            return ReadPermission::EndOnly;
        }
        if self.since_pause >= MAX_BYTES {
            // actix parses first what it has.
            self.since_pause = 0;
            context.waker().wake_by_ref();
            return ReadPermission::Later;
        }
        ReadPermission::Read
    }

    /// Records that this many bytes were read.
    pub(super) fn record(&mut self, length: usize) {
        self.since_pause += length;
    }

    /// Records whether a request that was read to its end is being answered.
    pub(super) fn set_answering(&mut self, is_answering: bool) {
        self.is_answering = is_answering;
        self.wake();
    }

    /// Records whether the kernel takes no more bytes.
    pub(super) fn set_blocked(&mut self, is_blocked: bool) {
        self.is_blocked = is_blocked;
        self.wake();
    }

    /// Permits no further read.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    fn wake(&mut self) {
        if !self.is_blocked
            && !self.is_answering
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}
