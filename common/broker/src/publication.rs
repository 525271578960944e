//! What publishers give to a broker, and what they get back.

use common::message::{Attributes, ChannelName, MessageId};
use serde::Serialize;

/// A message to be published.
#[derive(Debug)]
pub struct Publication {
    /// The channel to publish on.
    pub channel: ChannelName,
    /// The message: valid JSON.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// An idempotency key. For five minutes, publishing the same body and attributes with the same
    /// key on the same channel returns the first result and publishes nothing; others are refused.
    pub key: Option<String>,
}

/// The acknowledgement of a message: the broker has numbered and stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublishAck {
    /// The id of the message.
    pub id: MessageId,
    /// When it was accepted, in milliseconds since 1970.
    pub time: u64,
}
