//! A reader that gets all that comes: its cursor, and what it says.

use super::{
    Channel, Disconnect, DisconnectReason, Encoder, Flow, FrameHandler, PendingReply,
    encode_cache::EncodeCache, socket_writer::SocketWriter, timer_queue::Tick,
};
use crate::{message::MessageId, metrics::Sent, net::PeerEnd};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;

/// How many chunks one reader gets, or says, before the others have their turn again.
const TURN: usize = 4;

pub(super) struct StreamSubscriber {
    pub(super) writer: SocketWriter,
    encoder: Arc<dyn Encoder>,
    frames: Option<Box<dyn FrameHandler>>,
    /// The id of the last message it got.
    cursor: MessageId,
    /// When the peer last said something.
    pub(super) heard: Tick,
    /// When its token expires, on the wall clock. It gets no timer before that is near, and where there are no tokens none at all.
    pub(super) expires: Tick,
    /// An answer to the peer is being worked out.
    answering: bool,
    /// The peer was seen to have ended meanwhile: what it has asked for is done all the same.
    ended: bool,
    /// An answer was given, and what was read before may ask for another.
    unfinished: bool,
}

impl StreamSubscriber {
    pub(super) fn new(
        writer: SocketWriter,
        encoder: Arc<dyn Encoder>,
        cursor: MessageId,
        now: Tick,
        expires: Tick,
    ) -> Self {
        Self {
            writer,
            encoder,
            frames: None,
            cursor,
            heard: now,
            expires,
            answering: false,
            ended: false,
            unfinished: false,
        }
    }

    /// Sets what the peer's bytes mean, and takes those that actix had read already.
    pub(super) fn listen(
        &mut self,
        frames: Option<Box<dyn FrameHandler>>,
        early: &[u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.frames = frames;
        if early.is_empty() {
            return Ok(None);
        }
        let answer = self.receive(early, now)?;
        // It is begun before more is read: whoever leaves by then has been heard.
        if answer.is_some() {
            self.writer.ask_again();
        }
        Ok(answer)
    }

    /// The id of the last message it got.
    pub(super) fn cursor(&self) -> MessageId {
        self.cursor
    }

    pub(super) fn encoder(&self) -> &Arc<dyn Encoder> {
        &self.encoder
    }

    /// Writes all that is past this reader's cursor, as far as the kernel takes it.
    pub(super) fn pull(
        &mut self,
        feed: &Channel,
        encode_cache: &mut EncodeCache,
        now: Tick,
    ) -> Result<Sent, DisconnectReason> {
        let mut given = Sent::default();
        self.writer.flush(now)?;
        for _ in 0..TURN {
            if !self.writer.is_free() {
                return Ok(given);
            }
            let Some(chunk) = encode_cache.at(self.cursor, &self.encoder, feed) else {
                return Ok(given);
            };
            given += chunk.sent;
            self.cursor = chunk.cursor;
            self.writer.send(&chunk.bytes, now)?;
            self.writer.keeps_at_most(chunk.may_wait())?;
        }
        self.writer.ask_again();
        Ok(given)
    }

    /// Writes something that is not a message, after what is still to be written.
    pub(super) fn send(&mut self, bytes: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.writer.send(bytes, now)
    }

    /// Writes the last bytes and ends the stream behind them, unless that was done before.
    pub(super) fn leave(
        &mut self,
        disconnect: Disconnect,
        now: Tick,
    ) -> Result<(), DisconnectReason> {
        if self.writer.is_leaving() {
            Ok(())
        } else {
            self.writer.leave(&self.encoder.disconnect(disconnect), now)
        }
    }

    /// Whether the peer cannot be heard, and so not be judged by its silence. One that does not take its answers gets no new ones:
    /// it is not read while something is to be written, nor while as much waits for an answer as may.
    pub(super) fn is_deaf(&self) -> bool {
        let is_full = || self.frames.as_ref().is_some_and(|frames| frames.is_full());
        self.writer.is_blocked() || self.answering && (self.ended || is_full())
    }

    /// The number of the message that the peer has begun and not completed.
    pub(super) fn unfinished(&self) -> Option<u32> {
        self.frames
            .as_ref()
            .filter(|_| !self.writer.is_leaving())?
            .unfinished()
    }

    /// Gives up the message that the peer has begun and not completed.
    pub(super) fn give_up(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        let Some(frames) = &mut self.frames else {
            return Ok(());
        };
        let mut last = BytesMut::new();
        if frames.give_up(&mut last) {
            self.writer.leave(&last.freeze(), now)
        } else {
            Ok(())
        }
    }

    /// Takes what the peer says until there is nothing more, or something whose answer takes time.
    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        for _ in 0..TURN {
            if self.is_deaf() {
                return self.watch();
            }
            let answer = match self.unfinished {
                true => self.receive(&[], now)?,
                false => {
                    let Some(length) = self.hear(scratch)? else {
                        return Ok(None);
                    };
                    self.heard = now;
                    self.receive(&scratch[..length], now)?
                }
            };
            if answer.is_some() {
                self.writer.ask_again();
                return Ok(answer);
            }
        }
        self.writer.ask_again();
        Ok(None)
    }

    /// How many bytes of what the peer says are in `scratch`. Its end waits for the answer that is being worked out.
    fn hear(&mut self, scratch: &mut [u8]) -> Result<Option<usize>, DisconnectReason> {
        let heard = self.writer.hear(scratch);
        if heard.is_err() && self.answering {
            self.ended = true;
            self.writer.ask_again();
            return Ok(None);
        }
        heard
    }

    /// Notices the end of a connection that is not read for now. What a peer asked for before it closed is answered; who neither
    /// takes anything nor will say more is gone.
    fn watch(&mut self) -> Result<Option<PendingReply>, DisconnectReason> {
        match self.writer.watch() {
            None => Ok(None),
            Some(PeerEnd::Closed) if self.answering => Ok(None),
            Some(_) => Err(self.writer.lost()),
        }
    }

    /// Takes some of the peer's bytes; gives the answer that is to be worked out, one at a time.
    fn receive(
        &mut self,
        bytes: &[u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.unfinished = false;
        let Some(frames) = self.frames.as_mut().filter(|_| !self.writer.is_leaving()) else {
            return Ok(None);
        };
        let mut replies = BytesMut::new();
        match frames.receive(bytes, &mut replies) {
            Flow::Read => self.writer.send(&replies.freeze(), now)?,
            Flow::End => self.writer.leave(&replies.freeze(), now)?,
            Flow::PendingReply(answer) => {
                self.writer.send(&replies.freeze(), now)?;
                self.answering = true;
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// Writes an answer that took time.
    pub(super) fn answered(&mut self, answer: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        (self.answering, self.ended, self.unfinished) = (false, false, true);
        // Nothing follows the last bytes.
        if self.writer.is_leaving() {
            Ok(())
        } else {
            self.writer.send(answer, now)
        }
    }
}
