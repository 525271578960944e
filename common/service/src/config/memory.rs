//! How much memory a process takes at most, from its settings.

use super::Config;
use common::{
    budget::{COPIES, FREE_PER_CONNECTION},
    history::ENTRY_BYTES,
};
use std::fmt;

/// Memory of one message beside its text, in bytes: its entry in a history, an empty entry of spare
/// capacity, and what the allocator adds.
const MESSAGE_OVERHEAD: usize = 2 * ENTRY_BYTES + 64;
/// Memory of one connection beside the memory budget, in bytes: actix's buffers and task, a
/// request's headers, and [`FREE_PER_CONNECTION`].
const CONNECTION: usize = 56 * 1024;
/// Memory of one worker thread, in bytes: its stack, its encode cache, and what its allocator
/// keeps.
const WORKER: usize = 4 * 1024 * 1024;
/// Memory of the program, in bytes.
const PROCESS: usize = 16 * 1024 * 1024;
/// The most bytes that the encoding of a message adds to its body.
const ENVELOPE: usize = 1024;
/// How many messages of the largest size the memory budget always has room for.
const LARGEST_MESSAGES: usize = 4;

const _: () = assert!(FREE_PER_CONNECTION < CONNECTION);

/// The most memory that a process takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxMemory {
    /// The bytes of the histories, with idempotency keys.
    pub messages: usize,
    /// The bytes of the memory budget: incomplete bodies, and bytes that blocked subscribers have
    /// not taken.
    pub buffers: usize,
    /// The bytes of the connections.
    pub connections: usize,
    /// The bytes of the program and its threads.
    pub process: usize,
}

impl MaxMemory {
    /// Returns the sum of all parts.
    pub fn total(&self) -> usize {
        [self.messages, self.buffers, self.connections, self.process]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

impl fmt::Display for MaxMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.messages, self.buffers, self.connections, self.process]
            .map(|bytes| bytes.div_ceil(1024 * 1024));
        let total = parts.into_iter().fold(0, usize::saturating_add);
        let [messages, buffers, connections, process] = parts;
        write!(
            f,
            "at most {total} MiB of memory: messages {messages}, buffers {buffers}, \
             connections {connections}, program {process}"
        )
    }
}

impl Config {
    /// Returns the most memory that this process takes with this number of connections.
    pub fn max_memory(&self, connections: usize) -> MaxMemory {
        let worker = WORKER + 2 * self.max_message();
        MaxMemory {
            messages: self.max_messages_memory(),
            buffers: self.buffer_budget(),
            connections: connections.saturating_mul(CONNECTION),
            process: PROCESS.saturating_add(self.server.workers().saturating_mul(worker)),
        }
    }

    /// Returns the memory budget in bytes, with room for at least some of the largest messages.
    pub(crate) fn buffer_budget(&self) -> usize {
        let least = LARGEST_MESSAGES * COPIES * self.max_message();
        self.messages.buffers.get().max(least)
    }

    fn max_message(&self) -> usize {
        self.messages.max_body as usize + ENVELOPE
    }

    /// Returns the memory of the histories and of what the broker keeps besides.
    fn max_messages_memory(&self) -> usize {
        let limits = &self.channels;
        let channels = limits.max_channels.get();
        let all_histories = channels.saturating_mul(limits.history_bytes.get());
        let text = limits.history_total.get().min(all_histories);
        let overhead = channels
            .saturating_mul(limits.history.get())
            .saturating_mul(MESSAGE_OVERHEAD);
        // The newest message is kept whatever its size.
        let newest = usize::try_from(self.messages.max_body).unwrap_or(usize::MAX);
        let broker = &self.messages.broker;
        let broker = broker.most_memory(channels, limits.history_bytes.get());
        text.saturating_add(newest)
            .saturating_add(overhead)
            .saturating_add(broker)
    }
}
