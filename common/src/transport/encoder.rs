//! What a shard needs of a transport: how messages become bytes.

use crate::{
    channels::Channel,
    history::Reset,
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::Sent,
};
use bytes::{Bytes, BytesMut};
use std::{fmt::Display, time::Duration};

/// How much is encoded at a time, in bytes: about one send buffer of a socket. As much may be
/// unsent on each connection without a share of the memory budget.
pub(super) const BATCH_BYTES: usize = 16 * 1024;

/// Encodes what the subscribers of one transport are sent.
///
/// A service shares one encoder among all streams of a kind: what it encodes for one subscriber is
/// sent to all others with the same cursor.
pub trait Encoder: Send + Sync + 'static {
    /// Encodes messages, at least one.
    fn messages(&self, batch: &[Message]) -> Bytes;

    /// Encodes a [`Reset`].
    fn reset(&self, reset: Reset) -> Bytes;

    /// Returns whether a reset ends the stream: then nothing else tells its client that messages
    /// are lost.
    fn ends_at_reset(&self) -> bool {
        false
    }

    /// Encodes a heartbeat, which tells proxies and the client that the stream is alive.
    fn heartbeat(&self) -> Bytes;

    /// Returns how often heartbeats are sent, also on a busy stream, if not as the service is
    /// configured.
    fn heartbeat_every(&self) -> Option<Duration> {
        None
    }

    /// Returns whether the client must reply to heartbeats. Such heartbeats are sent on a busy
    /// stream, too, and a client that sends nothing is disconnected as silent.
    fn expects_replies(&self) -> bool {
        false
    }

    /// Encodes the last bytes of a stream whose client has everything up to the end of the channel:
    /// this cursor. Returns `None` if the stream stays open.
    fn end(&self, cursor: MessageId) -> Option<Bytes>;

    /// Encodes the last bytes of a stream.
    fn disconnect(&self, disconnect: Disconnect) -> Bytes;

    /// Returns the encoder for subscribers of several channels, if there can be any.
    fn for_sets(&self) -> Option<&dyn SetEncoder> {
        None
    }
}

/// Encodes what a subscriber of several channels is sent. `cursor` is its cursor after that.
pub trait SetEncoder {
    /// Appends a message.
    fn write_message(&self, message: &Message, cursor: &dyn Display, out: &mut BytesMut);

    /// Appends a reset of one channel.
    fn write_reset(
        &self,
        channel: &ChannelName,
        reset: Reset,
        cursor: &dyn Display,
        out: &mut BytesMut,
    );

    /// Encodes the last bytes of a stream whose client has everything up to the ends of all its
    /// channels.
    fn end(&self, cursor: &dyn Display) -> Bytes;

    /// Delimits what was appended.
    fn frame(&self, encoded: BytesMut) -> Bytes {
        encoded.freeze()
    }
}

/// A long poll that waits for messages, and how its transport responds. Shared by all connections
/// that send the same request.
pub trait PollTemplate {
    /// Encodes the response with everything after `cursor`, which may be nothing. After the `last`
    /// response the connection is closed.
    fn response(&self, channel: &Channel, cursor: MessageId, last: bool) -> EncodedBatch;

    /// Returns a number that templates with equal responses share: they share encoded batches.
    fn encoding(&self) -> usize;

    /// Returns how long the request waits before it gets an empty response.
    fn wait(&self) -> Duration;

    /// Returns the new cursor if `request` is this request except for its cursor, and nothing else.
    fn matches(&self, request: &[u8]) -> Option<Cursor>;
}

/// Why the service ends a stream, for the client to know when to reconnect.
///
/// Written to the subscriber; metrics and log lines record a `DisconnectReason` for every end, also
/// for those of the client or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The service drains. Reconnect after this time, which differs between subscribers.
    Draining(Duration),
    /// The token has expired. Reconnecting needs a new one.
    TokenExpired,
}

/// Bytes for all subscribers with one cursor.
pub struct EncodedBatch {
    /// The bytes.
    pub bytes: Bytes,
    /// The subscriber's cursor after them.
    pub cursor: MessageId,
    /// What they add to the metrics.
    pub sent: Sent,
    /// Whether the last message is the end of the channel.
    pub(crate) is_end: bool,
    /// The memory budget has no share for them.
    pub(super) exceeds_budget: bool,
}

impl EncodedBatch {
    /// Creates a batch after which a subscriber has this cursor.
    pub fn new(bytes: Bytes, cursor: MessageId, sent: Sent) -> Self {
        Self {
            bytes,
            cursor,
            sent,
            is_end: false,
            exceeds_budget: false,
        }
    }

    /// Returns how many of the bytes a socket may leave unsent.
    pub(crate) fn max_unsent(&self) -> usize {
        if self.exceeds_budget {
            BATCH_BYTES
        } else {
            usize::MAX
        }
    }
}
