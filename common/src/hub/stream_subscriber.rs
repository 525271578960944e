//! A subscriber that gets every message as it comes: its cursor, its heartbeats, and what the
//! client sends.

use super::{
    ChannelLease, Disconnect, Encoder,
    subscribers::ShardContext,
    timer_queue::{duration, ticks},
};
use crate::{
    history::Resume,
    message::MessageId,
    metrics::{DisconnectReason, Sent},
    net::{Detached, PeerEnd, SocketWriter, Tick},
};
use bytes::{Bytes, BytesMut};
use std::{pin::Pin, sync::Arc, time::Duration};

/// How many batches a subscriber is sent, or how often it is read, before others have their turn.
const PER_TURN: usize = 4;
/// How many heartbeats in a row may be without a reply.
const MAX_UNANSWERED: u32 = 2;
/// How long the last bytes of a stream may take, and how long a client may then be silent before
/// its connection is closed.
pub(super) const LINGER: Duration = Duration::from_secs(1);
/// How long a client that still sends may keep a connection after its last bytes.
const MAX_LINGER: Duration = Duration::from_secs(10);

/// How long a client may take to complete a message; a request body has as long. The message of a
/// subscriber is checked this often, so it may take up to twice as long.
pub const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// A stream whose socket was detached for the hub.
pub struct NewStream {
    /// The socket, and what actix has not written or has read ahead.
    pub detached: Detached,
    /// The channel.
    pub channel: ChannelLease,
    /// The frames of its transport.
    pub encoder: Arc<dyn Encoder>,
    /// Where it begins. A reset is sent before the first message.
    pub resume: Resume,
    /// The first bytes after the headers of the response.
    pub opening: BytesMut,
    /// Decodes what the client sends. `None` if that does not matter.
    pub frames: Option<Box<dyn FrameHandler>>,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

/// Decodes what one client sends. Transports that only send have none.
pub trait FrameHandler {
    /// Takes the next bytes, appends immediate replies to `replies`, and returns how to continue.
    ///
    /// Is also called while a reply is pending, and returns no second one then. Is called without
    /// bytes once that reply is sent, to continue with what was received before.
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow;

    /// Returns whether the queue of requests is full: the client is not read until one is done.
    fn is_full(&self) -> bool;

    /// Returns a number for the message that has begun and is incomplete. Messages that follow each
    /// other have different numbers.
    fn unfinished(&self) -> Option<u32> {
        None
    }

    /// Rejects the incomplete message and ends the conversation after pending replies. If there are
    /// none, appends the last bytes to `last` and returns true.
    fn give_up(&mut self, _last: &mut BytesMut) -> bool {
        false
    }
}

/// How to continue after some bytes.
pub enum Flow {
    /// Read more.
    Read,
    /// Await this and send its bytes. Reading continues while the handler is not full.
    PendingReply(PendingReply),
    /// Send the replies and end the stream.
    End,
}

/// The bytes of a reply that takes time.
pub type PendingReply = Pin<Box<dyn Future<Output = Bytes>>>;

pub(super) struct StreamSubscriber {
    pub(super) writer: SocketWriter,
    encoder: Arc<dyn Encoder>,
    frames: Option<Box<dyn FrameHandler>>,
    /// The id of the last message it has.
    cursor: MessageId,
    /// When the client last sent bytes.
    last_read: Tick,
    /// When its token expires, on the wall clock. Has a timer only shortly before.
    expires: Tick,
    /// A reply to the client is pending.
    awaits_reply: bool,
    /// The client ended the connection meanwhile. Its request is processed all the same.
    peer_ended: bool,
    /// A reply was sent, and bytes received before it may contain the next request.
    has_buffered_bytes: bool,
}

impl StreamSubscriber {
    pub(super) fn new(
        writer: SocketWriter,
        encoder: Arc<dyn Encoder>,
        cursor: MessageId,
        expires: Tick,
        now: Tick,
    ) -> Self {
        Self {
            writer,
            encoder,
            frames: None,
            cursor,
            last_read: now,
            expires,
            awaits_reply: false,
            peer_ended: false,
            has_buffered_bytes: false,
        }
    }

    /// Returns the id of the last message it has.
    pub(super) fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// Returns when its token expires, on the wall clock.
    pub(super) fn expires(&self) -> Tick {
        self.expires
    }

    /// Sends the first bytes, and decodes those that actix has read ahead.
    pub(super) fn begin(
        &mut self,
        first: &Bytes,
        frames: Option<Box<dyn FrameHandler>>,
        read_ahead: &[u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.writer.send(first, now)?;
        self.frames = frames;
        if read_ahead.is_empty() {
            return Ok(None);
        }
        let reply = self.receive(read_ahead, now)?;
        // Read the socket only after the request has begun: a client that has closed it by then is
        // still served.
        if reply.is_some() {
            self.writer.request_turn();
        }
        Ok(reply)
    }

    /// Sends what comes after its cursor, as far as the kernel accepts it.
    pub(super) fn pull(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<Sent, DisconnectReason> {
        let now = context.now;
        let mut sent = Sent::default();
        self.writer.flush(now)?;
        for _ in 0..PER_TURN {
            if !self.writer.is_ready() {
                return Ok(sent);
            }
            let Some(batch) =
                context
                    .encode_cache
                    .stream_batch(self.cursor, &self.encoder, context.channel)
            else {
                return Ok(sent);
            };
            sent += batch.sent;
            self.cursor = batch.cursor;
            self.writer.send(&batch.bytes, now)?;
            self.writer.check_unsent(batch.max_unsent())?;
        }
        self.writer.request_turn();
        Ok(sent)
    }

    /// Sends the last bytes and ends the stream, unless it is ending.
    pub(super) fn disconnect(
        &mut self,
        disconnect: Disconnect,
        now: Tick,
    ) -> Result<(), DisconnectReason> {
        if self.writer.is_closing() {
            return Ok(());
        }
        let last = self.encoder.disconnect(disconnect);
        self.writer.close(&last, now)
    }

    /// Returns the time between two heartbeats.
    pub(super) fn heartbeat_interval(&self, configured: Tick) -> Tick {
        self.encoder.heartbeat_every().map_or(configured, ticks)
    }

    /// Sends a heartbeat if one is due. Returns the time until the next one may be.
    pub(super) fn heartbeat(
        &mut self,
        configured: Tick,
        now: Tick,
    ) -> Result<Tick, DisconnectReason> {
        if !self.writer.is_ready() || self.is_read_paused() {
            // Silence means nothing while the client is not read. Whether it is alive shows in
            // whether it accepts what is written.
            self.last_read = now;
        } else if self.encoder.expects_replies()
            && now.saturating_sub(self.last_read) > MAX_UNANSWERED * configured
        {
            return Err(DisconnectReason::Silent);
        }
        let interval = self.heartbeat_interval(configured);
        // A message shows as well as a heartbeat that the stream is alive, unless a reply is
        // wanted.
        let messages_suffice =
            self.encoder.heartbeat_every().is_none() && !self.encoder.expects_replies();
        let idle = now.saturating_sub(self.writer.last_write());
        if messages_suffice && idle < interval {
            return Ok(interval - idle);
        }
        if self.writer.is_ready() {
            self.writer.send(&self.encoder.heartbeat(), now)?;
        }
        Ok(interval)
    }

    /// Returns whether a stream that has ended waits for its client: one that still sends bytes
    /// might not have received the last ones.
    pub(super) fn lingers(&self, now: Tick) -> bool {
        let since_read = duration(now.saturating_sub(self.last_read));
        let since_write = duration(now.saturating_sub(self.writer.last_write()));
        since_read < LINGER && since_write < MAX_LINGER
    }

    /// Returns whether the client is not read: while bytes for it are unsent, and while its queue
    /// of requests is full.
    pub(super) fn is_read_paused(&self) -> bool {
        let is_full = || self.frames.as_ref().is_some_and(|frames| frames.is_full());
        self.writer.is_blocked() || self.awaits_reply && (self.peer_ended || is_full())
    }

    /// Returns the number of the message that the client has begun and not completed.
    pub(super) fn unfinished_message(&self) -> Option<u32> {
        if self.writer.is_closing() {
            return None;
        }
        self.frames.as_ref()?.unfinished()
    }

    /// Rejects the message that the client has begun and not completed.
    pub(super) fn give_up_message(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        let Some(frames) = &mut self.frames else {
            return Ok(());
        };
        let mut last = BytesMut::new();
        if frames.give_up(&mut last) {
            self.writer.close(&last.freeze(), now)?;
        }
        Ok(())
    }

    /// Reads until there is nothing more, or a request whose reply takes time.
    pub(super) fn read(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        let now = context.now;
        for _ in 0..PER_TURN {
            if self.is_read_paused() {
                self.check_connection()?;
                return Ok(None);
            }
            let reply = if self.has_buffered_bytes {
                self.receive(&[], now)?
            } else {
                let Some(length) = self.read_socket(context.buffer)? else {
                    return Ok(None);
                };
                self.last_read = now;
                self.receive(&context.buffer[..length], now)?
            };
            if reply.is_some() {
                self.writer.request_turn();
                return Ok(reply);
            }
        }
        self.writer.request_turn();
        Ok(None)
    }

    /// Reads from the socket. The end of the connection waits for a pending reply.
    fn read_socket(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, DisconnectReason> {
        let read = self.writer.read(buffer);
        if read.is_err() && self.awaits_reply {
            self.peer_ended = true;
            self.writer.request_turn();
            return Ok(None);
        }
        read
    }

    /// Observes the end of a connection that is not read.
    ///
    /// A request that the client sent before it closed gets its reply. A client that neither
    /// accepts bytes nor will send any is disconnected.
    fn check_connection(&mut self) -> Result<(), DisconnectReason> {
        match self.writer.peer_end() {
            None => Ok(()),
            Some(PeerEnd::Closed) if self.awaits_reply => Ok(()),
            Some(_) => Err(self.writer.lost_reason()),
        }
    }

    /// Decodes bytes from the client. Returns a reply that takes time, one at a time.
    fn receive(
        &mut self,
        bytes: &[u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.has_buffered_bytes = false;
        if self.writer.is_closing() {
            return Ok(None);
        }
        let Some(frames) = &mut self.frames else {
            return Ok(None);
        };
        let mut replies = BytesMut::new();
        let flow = frames.receive(bytes, &mut replies);
        let replies = replies.freeze();
        match flow {
            Flow::Read => self.writer.send(&replies, now)?,
            Flow::End => self.writer.close(&replies, now)?,
            Flow::PendingReply(reply) => {
                self.writer.send(&replies, now)?;
                self.awaits_reply = true;
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    /// Sends a reply that took time.
    pub(super) fn send_reply(&mut self, reply: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.awaits_reply = false;
        self.peer_ended = false;
        self.has_buffered_bytes = true;
        // Nothing follows the last bytes.
        if self.writer.is_closing() {
            return Ok(());
        }
        self.writer.send(reply, now)
    }
}
