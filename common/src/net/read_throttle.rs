//! How far actix may read ahead of the request that it answers.
//!
//! actix reads until it has 128 KiB, and then asks again and again for as long as the request lasts. So it gets no more than
//! it can use: while a request that has come to its end is answered, or the peer does not take its responses, the socket is
//! only watched for its end.

use std::task::{Context, Waker};

/// The most bytes that are read at a time.
const MOST_AHEAD: usize = 16 * 1024;

#[derive(Default)]
pub(super) struct ReadThrottle {
    /// A request is being answered of which nothing more is to come.
    answering: bool,
    /// The peer has yet to take something.
    blocked: bool,
    /// The connection goes to somebody else after this response.
    closed: bool,
    /// Bytes read since the last pause.
    ahead: usize,
    /// Wakes whoever was not allowed to read.
    refused: Option<Waker>,
}

/// What may be done with the socket now.
pub(super) enum Next {
    /// It may be read.
    Read,
    /// It may be read later: the task was woken for that.
    Pause,
    /// It may be watched only.
    Watch,
}

impl ReadThrottle {
    pub(super) fn next(&mut self, context: &mut Context<'_>) -> Next {
        if self.blocked || self.closed || self.answering {
            self.refused = Some(context.waker().clone());
            return Next::Watch;
        }
        if self.ahead >= MOST_AHEAD {
            // What was read is looked at first.
            self.ahead = 0;
            context.waker().wake_by_ref();
            return Next::Pause;
        }
        Next::Read
    }

    pub(super) fn read(&mut self, length: usize) {
        self.ahead += length;
    }

    /// Notes whether a request is being answered that was read to its end.
    pub(super) fn set_answering(&mut self, answering: bool) {
        self.answering = answering;
        self.changed();
    }

    /// Notes whether the peer takes what is written.
    pub(super) fn set_blocked(&mut self, blocked: bool) {
        self.blocked = blocked;
        self.changed();
    }

    /// Lets nothing more be read.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    fn changed(&mut self) {
        if !self.blocked
            && !self.answering
            && let Some(refused) = self.refused.take()
        {
            refused.wake();
        }
    }
}
