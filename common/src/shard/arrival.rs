//! How a connection becomes a subscriber.

use super::{
    new_subscriber::{NewPoll, NewStream, StreamChannels},
    subscribers::{AwaitedReply, Subscribers},
};
use crate::{
    history::Resume,
    message::MessageId,
    subscriber::{
        ClientInput, PollSubscriber, ShardState, StreamSubscriber, SubscriberKey, SubscriberKind,
    },
    transport::Encoder,
};
use bytes::Bytes;
use net::{ConnectionPermit, SocketWriter};
use tokio::net::TcpStream;

/// The cursor of a subscriber that has its cursors in a set.
const NO_CURSOR: MessageId = MessageId {
    epoch: 0,
    offset: 0,
};

impl Subscribers {
    /// Adds a stream: sends its first bytes and everything after its cursor.
    pub(super) fn add_stream(&mut self, stream: NewStream) -> Option<AwaitedReply> {
        self.shard.timers.update();
        let detached = stream.detached;
        let mut first = [
            &detached.unwritten[..],
            &detached.headers,
            &stream.opening[..],
        ]
        .concat();
        let (cursor, has_end) = match &stream.channels {
            StreamChannels::One(channel, resume) => {
                let cursor = self.resume(*resume, &*stream.encoder, &mut first);
                (cursor, channel.ends_at(cursor))
            }
            StreamChannels::Several(..) => (NO_CURSOR, false),
        };
        let subscriber = SubscriberKind::Stream(StreamSubscriber {
            writer: self.new_writer(detached.io, detached.permit)?,
            encoder: stream.encoder,
            input: ClientInput::new(stream.incoming, self.shard.timers.now()),
            cursor,
            expires: self.shard.expiry(stream.expires_in),
            has_end,
        });
        let key = match stream.channels {
            StreamChannels::One(channel, _) => self.table.insert(subscriber, &channel),
            StreamChannels::Several(set, share) => self.table.insert_set(subscriber, set, share),
        };
        self.begin(key, &first.into(), &detached.read_ahead)
    }

    /// Returns the cursor to begin at, and appends the reset that comes before it.
    fn resume(&self, resume: Resume, encoder: &dyn Encoder, first: &mut Vec<u8>) -> MessageId {
        if encoder.ends_at_reset() {
            // Reading the history after it gives the reset.
            return resume.announced_cursor();
        }
        if let Some(reset) = resume.reset {
            self.shard.metrics.resets.inc();
            first.extend_from_slice(&encoder.reset(reset));
        }
        resume.cursor
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
