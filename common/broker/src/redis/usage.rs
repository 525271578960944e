//! Whether a channel can be evicted.

use std::time::Instant;

/// What the room knows of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Clients read it: the end of its last lease is reported. Also `main`, which is never evicted.
    Read,
    /// It was used, and has to be looked at.
    Used,
    /// It is a candidate for eviction: since when, and its number.
    Idle(Instant, u64),
}
