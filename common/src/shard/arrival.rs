//! How a connection becomes a subscriber.

use super::{
    new_subscriber::{NewPoll, NewSetStream, NewStream},
    subscribers::{AwaitedReply, Subscribers},
};
use crate::{
    message::MessageId,
    subscriber::{
        ClientInput, PollSubscriber, ShardState, StreamSubscriber, SubscriberKey, SubscriberKind,
    },
    transport::{Encoder, FrameHandler},
};
use bytes::Bytes;
use net::{ConnectionPermit, Detached, SocketWriter};
use std::{sync::Arc, time::Duration};
use tokio::net::TcpStream;

/// The cursor of a subscriber that has its cursors in a set.
const NO_CURSOR: MessageId = MessageId {
    epoch: 0,
    offset: 0,
};

impl Subscribers {
    /// Adds a stream: sends its first bytes and everything after its cursor.
    pub(super) fn add_stream(&mut self, mut stream: NewStream) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let mut cursor = stream.resume.cursor;
        if stream.encoder.ends_at_reset() {
            // Reading the history after it gives the reset.
            cursor = stream.resume.announced_cursor();
        } else if let Some(reset) = stream.resume.reset {
            self.shard.metrics.resets.inc();
            let encoded = stream.encoder.reset(reset);
            stream.opening.extend_from_slice(&encoded);
        }
        let (detached, first) = first_bytes(stream.detached, &stream.opening);
        let read_ahead = detached.read_ahead.clone();
        let subscriber = self.new_stream(
            detached,
            stream.encoder,
            stream.incoming,
            cursor,
            stream.expires_in,
            stream.channel.ends_at(cursor),
        )?;
        let key = self.table.insert(subscriber, &stream.channel);
        self.begin(key, &first, &read_ahead)
    }

    /// Adds a stream of several channels.
    pub(super) fn add_set_stream(&mut self, stream: NewSetStream) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let (detached, first) = first_bytes(stream.detached, &stream.opening);
        let read_ahead = detached.read_ahead.clone();
        let subscriber = self.new_stream(
            detached,
            stream.encoder,
            stream.incoming,
            NO_CURSOR,
            stream.expires_in,
            false,
        )?;
        let key = self.table.insert_set(subscriber, stream.set, stream.share);
        self.begin(key, &first, &read_ahead)
    }

    fn new_stream(
        &self,
        detached: Detached,
        encoder: Arc<dyn Encoder>,
        incoming: Option<Box<dyn FrameHandler>>,
        cursor: MessageId,
        expires_in: Option<Duration>,
        has_end: bool,
    ) -> Option<SubscriberKind> {
        Some(SubscriberKind::Stream(StreamSubscriber {
            writer: self.new_writer(detached.io, detached.permit)?,
            encoder,
            input: ClientInput::new(incoming, self.shard.timers.now()),
            cursor,
            expires: self.shard.expiry(expires_in),
            has_end,
        }))
    }

    /// Adds a poll that waits.
    pub(super) fn add_poll(&mut self, poll: NewPoll) {
        self.shard.timers.update();
        let detached = poll.detached;
        let Some(writer) = self.new_writer(detached.io, detached.permit) else {
            return;
        };
        let subscriber = PollSubscriber::new(
            writer,
            poll.template,
            poll.cursor,
            self.shard.expiry(poll.expires_in),
            &detached.read_ahead,
        );
        let kind = SubscriberKind::Poll(subscriber);
        let key = self.table.insert(kind, &poll.channel);
        self.begin(key, &detached.unwritten, &[]);
    }

    /// Returns the writer of the subscriber that is added next. Returns `None` if the kernel has no
    /// room for it: its connection is then closed.
    fn new_writer(&self, io: TcpStream, permit: ConnectionPermit) -> Option<SocketWriter> {
        let ShardState {
            sockets,
            timers,
            metrics,
            ..
        } = &self.shard;
        SocketWriter::new(io, permit, sockets, self.table.next_slot(), timers.now())
            .inspect_err(|error| log::warn!("{}: lost a connection: {error}", metrics.transport))
            .ok()
    }

    fn begin(
        &mut self,
        key: SubscriberKey,
        first: &Bytes,
        read_ahead: &[u8],
    ) -> Option<AwaitedReply> {
        self.serve(key, |subscriber, context| {
            subscriber.begin(first, read_ahead, context)
        })
    }
}

/// Joins what goes to a new stream first.
fn first_bytes(detached: Detached, opening: &[u8]) -> (Detached, Bytes) {
    let parts = [&detached.unwritten[..], &detached.headers, opening];
    let first = parts.concat().into();
    (detached, first)
}
