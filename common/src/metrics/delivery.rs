//! What subscribers were sent.

use std::ops::AddAssign;

/// What subscribers were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The number of messages, once for each subscriber.
    pub messages: u64,
    /// The bytes of frames and of responses' bodies.
    pub bytes: u64,
    /// The number of resets, once for each subscriber.
    pub resets: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.bytes += more.bytes;
        self.resets += more.resets;
    }
}
