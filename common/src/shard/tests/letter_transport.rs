//! A transport that encodes everything as one letter, and records when.

use super::clients::{TENTH, seconds};
use crate::{
    channels::Channel,
    history::{HistoryRead, Reset},
    message::{Cursor, Message, MessageId},
    metrics::Sent,
    transport::{Disconnect, EncodedBatch, Encoder, Flow, FrameHandler, PollTemplate},
};
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

/// How long a poll waits.
const WAIT: Duration = seconds(25);

/// When tests begin on the wall clock, in tenths of a second since 1970.
const WALL_BEGAN: u64 = 1_000_000;

/// Encodes everything as a letter, and records when. Has the clock.
#[derive(Default)]
pub(super) struct LetterTransport {
    /// Tenths of a second since the start.
    pub(super) now: AtomicU32,
    /// How far the wall clock is ahead: it counts while the machine is suspended, and may be set.
    pub(super) wall_ahead: AtomicI64,
    pub(super) written: Mutex<Vec<(char, u32)>>,
    /// When disconnected subscribers are to reconnect.
    pub(super) reconnects: Mutex<Vec<Duration>>,
    pub(super) expects_replies: bool,
}

impl LetterTransport {
    pub(super) fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    /// Tenths of a second since 1970.
    pub(super) fn wall_now(&self) -> u64 {
        let now = WALL_BEGAN + u64::from(self.now());
        now.saturating_add_signed(self.wall_ahead.load(Ordering::Relaxed))
    }

    fn write(&self, letter: char, length: usize) -> Bytes {
        self.written.lock().push((letter, self.now()));
        letter.to_string().repeat(length).into()
    }
}

impl Encoder for LetterTransport {
    /// As long as the messages, so that a test can fill a socket.
    fn messages(&self, batch: &[Message]) -> Bytes {
        let length = batch.iter().map(|message| message.body().len()).sum();
        self.write('m', length)
    }

    fn reset(&self, _: Reset) -> Bytes {
        self.write('r', 1)
    }

    fn heartbeat(&self) -> Bytes {
        self.write('h', 1)
    }

    fn expects_replies(&self) -> bool {
        self.expects_replies
    }

    fn end(&self, _: MessageId) -> Option<Bytes> {
        Some(self.write('e', 1))
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        if let Disconnect::Draining(reconnect_after) = disconnect {
            let reconnect = TENTH * self.now() + reconnect_after;
            self.reconnects.lock().push(reconnect);
        }
        self.write('d', 1)
    }
}

pub(super) struct LetterTemplate(pub(super) Arc<LetterTransport>);

impl PollTemplate for LetterTemplate {
    fn response(&self, channel: &Channel, cursor: MessageId, _: bool) -> EncodedBatch {
        let bytes = match channel.read(cursor, usize::MAX, usize::MAX) {
            HistoryRead::Messages(messages) => self.0.messages(&messages),
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => self.0.write('e', 1),
        };
        EncodedBatch::new(bytes, channel.latest(), Sent::default())
    }

    fn encoding(&self) -> usize {
        0
    }

    fn wait(&self) -> Duration {
        WAIT
    }

    fn matches(&self, request: &[u8]) -> Option<Cursor> {
        (request == b"again").then_some(Cursor::Latest)
    }
}

/// Takes everything for one request, whose reply never comes.
pub(super) struct NeverReplies;

impl FrameHandler for NeverReplies {
    fn receive(&mut self, _: &[u8], _: &mut BytesMut) -> Flow {
        Flow::PendingReply(Box::pin(pending()))
    }

    fn is_full(&self) -> bool {
        true
    }
}
