//! Why a subscriber was disconnected.

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};
use std::fmt;

/// Why a subscriber was disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisconnectReason {
    /// The client or the network closed the connection.
    Left,
    /// The service ended the stream: after a close handshake, or because it drains.
    Ended,
    /// The client took nothing for too long.
    Slow,
    /// The client answered no heartbeat.
    Silent,
}

impl EncodeLabelValue for DisconnectReason {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let name = match self {
            Self::Left => "left",
            Self::Ended => "ended",
            Self::Slow => "slow",
            Self::Silent => "silent",
        };
        EncodeLabelValue::encode(&name, encoder)
    }
}
