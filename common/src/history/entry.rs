//! A message in a history, and its place.

use crate::message::Message;

/// The memory that a message takes in a history beside its text, in bytes.
pub const ENTRY_BYTES: usize = size_of::<Entry>();

/// A message in a history.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: Message,
    /// Its place in the order of all messages of its hub. 0 until it has one.
    pub(super) place: u64,
}

impl Entry {
    pub(super) fn new(message: Message) -> Self {
        Self { message, place: 0 }
    }
}
