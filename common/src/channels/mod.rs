//! The channels of a service: their histories, who uses them, and the memory they take.

mod accept_order;
mod channel;
mod channel_signals;
mod channel_table;
mod expiry;
mod expiry_queue;
mod lease;
mod listed_size;
mod memory_ledger;
mod trim;
mod waiters;

pub(crate) use accept_order::AcceptOrder;
pub use channel::{Channel, ReleasedChannels};
pub(crate) use channel_table::ChannelTable;
pub use lease::ChannelLease;

// `channel_signals` takes its atomics from here, and from loom in `tests/lost_wakeup.rs`.
use std::sync::atomic;
