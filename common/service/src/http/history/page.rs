//! Which part of a history a client wants, and in which form.

use crate::http::{Problem, Query};
use common::message::Envelope;

/// The highest `limit` of a response, in messages. The lowest is 1.
const MAX_LIMIT: u64 = 1000;
/// The default `limit`, in messages.
const DEFAULT_LIMIT: u64 = 100;

/// The part of a history that a client wants at once, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// The most messages, 1 to 1,000.
    pub limit: u64,
    /// What it wants of each message.
    pub envelope: Envelope,
    /// Whether caches may keep it.
    pub caching: Option<Caching>,
}

/// How long caches may keep a response, and which ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caching {
    /// The time in seconds, at least 1.
    pub max_age: u32,
    /// Only that of the client itself, since its token was checked.
    pub is_private: bool,
}

impl Page {
    /// Returns the page that a request asks for. Caches may not keep it.
    ///
    /// # Errors
    ///
    /// If `limit` or `envelope` is not allowed.
    pub fn of(query: &Query<'_>) -> Result<Self, Problem> {
        Ok(Self {
            limit: query.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?,
            envelope: query.envelope()?,
            caching: None,
        })
    }

    /// Returns whether the messages of a response are chosen before its first byte is sent: its
    /// headers tell what it has.
    pub(super) fn is_chosen(self) -> bool {
        self.envelope == Envelope::None || self.caching.is_some()
    }
}
