//! Reads and processes what the client of a stream sends.

mod message_timeout;

use super::shard_state::ShardContext;
use crate::transport::{Flow, FrameHandler, PendingReply};
use bytes::{Bytes, BytesMut};
use net::{DisconnectReason, PeerEnd, SocketWriter, Tick};

/// How often a subscriber is read before others have their turn.
const READS_PER_TURN: usize = 4;

/// What the client of a stream sends: unread, undecoded, or waiting for a reply.
pub(crate) struct ClientInput {
    handler: Option<Box<dyn FrameHandler>>,
    /// When the client last sent bytes.
    pub(super) last_read: Tick,
    /// A reply to the client is pending.
    awaits_reply: bool,
    /// The client ended the connection meanwhile. Its request is processed all the same.
    peer_ended: bool,
    /// A reply was sent, and bytes received before it may contain the next request.
    has_buffered_bytes: bool,
    is_message_armed: bool,
}

impl ClientInput {
    pub(crate) fn new(handler: Option<Box<dyn FrameHandler>>, now: Tick) -> Self {
        Self {
            handler,
            last_read: now,
            awaits_reply: false,
            peer_ended: false,
            has_buffered_bytes: false,
            is_message_armed: false,
        }
    }

    /// Returns whether a reply to the client is pending, or a request of it that was read waits.
    pub(super) fn has_request(&self) -> bool {
        let handler = self.handler.as_ref();
        self.awaits_reply || handler.is_some_and(|handler| handler.has_waiting_request())
    }

    /// Decodes the bytes that actix has read ahead.
    pub(super) fn begin(
        &mut self,
        read_ahead: &[u8],
        writer: &mut SocketWriter,
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        if read_ahead.is_empty() {
            return Ok(None);
        }
        let reply = self.receive(read_ahead, writer, now)?;
        // Read the socket only after the request has begun: a client that has closed it by then is
        // still served.
        if reply.is_some() {
            writer.request_turn();
        }
        Ok(reply)
    }

    /// Returns whether the client is not read: while bytes for it are unsent, and while its queue
    /// of requests is full.
    pub(super) fn is_paused(&self, writer: &SocketWriter) -> bool {
        let is_full = || {
            self.handler
                .as_ref()
                .is_some_and(|handler| handler.is_full())
        };
        writer.is_blocked() || self.awaits_reply && (self.peer_ended || is_full())
    }

    /// Reads until there is nothing more, or a request whose reply takes time.
    pub(super) fn read(
        &mut self,
        writer: &mut SocketWriter,
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        let reply = self.read_some(
            writer,
            &mut context.shard.buffer,
            context.shard.timers.now(),
        );
        self.arm_message(writer, context);
        reply
    }

    fn read_some(
        &mut self,
        writer: &mut SocketWriter,
        buffer: &mut [u8],
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        for _ in 0..READS_PER_TURN {
            if self.is_paused(writer) {
                self.check_connection(writer)?;
                return Ok(None);
            }
            let reply = if self.has_buffered_bytes {
                self.receive(&[], writer, now)?
            } else {
                let Some(length) = self.read_socket(writer, buffer)? else {
                    return Ok(None);
                };
                self.last_read = now;
                self.receive(&buffer[..length], writer, now)?
            };
            if reply.is_some() {
                writer.request_turn();
                return Ok(reply);
            }
        }
        writer.request_turn();
        Ok(None)
    }

    /// Reads from the socket. The end of the connection waits for a pending reply.
    fn read_socket(
        &mut self,
        writer: &mut SocketWriter,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, DisconnectReason> {
        let read = writer.read(buffer);
        if read.is_err() && self.awaits_reply {
            self.peer_ended = true;
            writer.request_turn();
            return Ok(None);
        }
        read
    }

    /// Observes the end of a connection that is not read.
    ///
    /// A request that the client sent before it closed gets its reply. A client that neither
    /// accepts bytes nor will send any is disconnected.
    fn check_connection(&self, writer: &mut SocketWriter) -> Result<(), DisconnectReason> {
        match writer.peer_end() {
            None => Ok(()),
            Some(PeerEnd::Closed) if self.awaits_reply => Ok(()),
            Some(_) => Err(writer.lost_reason()),
        }
    }

    /// Decodes bytes from the client. Returns a reply that takes time, one at a time.
    fn receive(
        &mut self,
        bytes: &[u8],
        writer: &mut SocketWriter,
        now: Tick,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.has_buffered_bytes = false;
        let Some(handler) = self.handler.as_mut().filter(|_| !writer.is_closing()) else {
            return Ok(None);
        };
        let mut replies = BytesMut::new();
        let flow = handler.receive(bytes, &mut replies);
        let replies = replies.freeze();
        if let Flow::End = flow {
            writer.close(&replies, now)?;
            return Ok(None);
        }
        writer.send(&replies, now)?;
        let Flow::PendingReply(reply) = flow else {
            return Ok(None);
        };
        self.awaits_reply = true;
        Ok(Some(reply))
    }

    /// Sends a reply that took time.
    pub(super) fn send_reply(
        &mut self,
        reply: &Bytes,
        writer: &mut SocketWriter,
        now: Tick,
    ) -> Result<(), DisconnectReason> {
        self.awaits_reply = false;
        self.peer_ended = false;
        self.has_buffered_bytes = true;
        // Nothing follows the last bytes.
        if writer.is_closing() {
            return Ok(());
        }
        writer.send(reply, now)
    }
}
