//! How a subscriber leaves its shard.

use bytes::Bytes;
use net::DisconnectReason;

/// How a subscriber leaves its shard.
pub(crate) enum Departure {
    /// Its connection ends.
    Disconnect(DisconnectReason),
    /// Its connection goes back to actix, which processes these bytes first.
    Reattach(Bytes),
}

impl From<DisconnectReason> for Departure {
    fn from(reason: DisconnectReason) -> Self {
        Self::Disconnect(reason)
    }
}
