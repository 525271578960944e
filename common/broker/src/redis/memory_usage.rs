//! Keeps the memory of all channels in Redis within a limit, by forgetting messages of the least
//! recently used ones.
//!
//! Publishing touches the keys of one channel only. So each process collects the sizes of the
//! channels that it publishes to, and records them in Redis a moment later.

use super::{
    cluster::Redirect,
    errors::{ErrorScope, scope},
    shared::Shared,
};
use common::message::ChannelName;
use parking_lot::Mutex;
use redis::{RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{MissedTickBehavior, interval},
};

/// The time between two rounds of recording.
const ROUND: Duration = Duration::from_secs(1);
/// How many rounds there are between two reports of all channels that are read.
const ROUNDS_PER_REPORT: u32 = 10;
/// After this many published bytes a round begins at once.
const ROUND_BYTES: usize = 1024 * 1024;
/// The memory of a channel beside its messages, in bytes: mostly the first node of its stream.
const CHANNEL_BYTES: usize = 5 * 1024;
/// The most channels in one call of the script.
const BATCH: usize = 200;

/// A channel and the memory that it takes, in bytes: 0 if its messages were forgotten, `None` to
/// report that it is read.
pub(super) type UsageEntry = (ChannelName, Option<u64>);

/// What this process has published and not recorded.
#[derive(Default)]
pub(super) struct MemoryUsage {
    published: Mutex<Published>,
    round_due: Notify,
}

#[derive(Default)]
struct Published {
    /// The number of each channel's last message, and its size.
    sizes: HashMap<ChannelName, (u64, u64)>,
    messages: u64,
    bytes: usize,
}

impl MemoryUsage {
    /// Adds a message of `bytes`, after which its channel takes `size` bytes.
    pub(super) fn add(&self, channel: ChannelName, bytes: usize, size: u64) {
        let mut published = self.published.lock();
        published.messages += 1;
        let number = published.messages;
        published.sizes.insert(channel, (number, size));
        published.bytes += bytes + CHANNEL_BYTES;
        if published.bytes >= ROUND_BYTES {
            self.round_due.notify_one();
        }
    }

    /// Takes what was published, from the least recently used channel on.
    fn take(&self) -> Vec<UsageEntry> {
        let published = mem::take(&mut *self.published.lock());
        let mut sizes: Vec<_> = published.sizes.into_iter().collect();
        sizes.sort_unstable_by_key(|(_, (number, _))| *number);
        sizes
            .into_iter()
            .map(|(channel, (_, size))| (channel, Some(size)))
            .collect()
    }
}

/// Records the memory of channels until the connection fails.
pub(super) async fn run(
    shared: Weak<Shared>,
    mut connection: MultiplexedConnection,
) -> RedisResult<()> {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = |shared: &Weak<Shared>| shared.upgrade().map(|shared| shared.state.clone());
    let mut count = 0u32;
    while let Some(state) = state(&shared) {
        let reports_all = tokio::select! {
            _ = rounds.tick() => {
                count = count.wrapping_add(1);
                count.is_multiple_of(ROUNDS_PER_REPORT)
            }
            () = state.memory_usage.round_due.notified() => false,
        };
        let Some(shared) = shared.upgrade() else {
            break;
        };
        if !shared.has_memory_keys() {
            // The node that has them records the memory of all channels.
            rounds.tick().await;
            continue;
        }
        let entries = entries_of_round(&shared, reports_all).await;
        match run_round(&shared, &mut connection, &entries).await {
            Err(error) if scope(&error) == ErrorScope::Connection => return Err(error),
            Err(error) if shared.node.is_some() && Redirect::of(&error).is_some() => {
                shared.refresh_map();
            }
            outcome => state
                .reported_errors
                .report_memory_usage(&shared.address, outcome.err().as_ref()),
        }
    }
    Ok(())
}

/// Returns what to record in a round: what was published, and which channels are read, of all or
/// of those that were published to.
async fn entries_of_round(shared: &Shared, reports_all: bool) -> Vec<UsageEntry> {
    let mut entries = shared.state.memory_usage.take();
    let leased = if reports_all {
        all_leased(shared).await
    } else {
        leased(shared, &entries)
    };
    entries.extend(leased.into_iter().map(|channel| (channel, None)));
    entries
}

/// Returns all channels that clients read.
async fn all_leased(shared: &Shared) -> Vec<ChannelName> {
    let mut all = Vec::new();
    let mut place = 0;
    loop {
        let Some(leased) = shared.subscriptions().leased_next(&mut place) else {
            return all;
        };
        all.extend(leased);
        yield_now().await;
    }
}

/// Returns the channels among these that clients read.
fn leased(shared: &Shared, entries: &[UsageEntry]) -> Vec<ChannelName> {
    let subscriptions = shared.subscriptions();
    entries
        .iter()
        .map(|(channel, _)| channel)
        .filter(|channel| subscriptions.is_leased(channel))
        .cloned()
        .collect()
}

/// Records these channels, and forgets messages until the rest is within the limit.
async fn run_round(
    shared: &Arc<Shared>,
    connection: &mut MultiplexedConnection,
    entries: &[UsageEntry],
) -> RedisResult<()> {
    for entries in entries.chunks(BATCH) {
        let mut doomed = match record(shared, connection, entries).await {
            // There is no memory to record these, but what is recorded suffices to make room.
            Err(error) if is_full(&error) => record(shared, connection, &[]).await?,
            outcome => outcome?,
        };
        while !doomed.is_empty() {
            if !shared.forget_elsewhere(&doomed) {
                shared.forget(connection, &doomed).await?;
            }
            log::debug!(
                "broker: forgot the messages of {} channels to make room",
                doomed.len()
            );
            let forgotten: Vec<_> = doomed
                .into_iter()
                .map(|channel| (channel, Some(0)))
                .collect();
            doomed = record(shared, connection, &forgotten).await?;
        }
    }
    Ok(())
}

/// Records these channels, and returns those whose messages must be forgotten.
async fn record(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    entries: &[UsageEntry],
) -> RedisResult<Vec<ChannelName>> {
    let doomed: Vec<String> = shared
        .state
        .scripts
        .account(shared.max_bytes(), entries)
        .invoke_async(connection)
        .await?;
    Ok(doomed
        .iter()
        .filter_map(|name| ChannelName::parse(name).ok())
        .collect())
}

fn is_full(error: &RedisError) -> bool {
    scope(error) == ErrorScope::Writes("OOM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_taken_in_the_order_of_their_last_messages() {
        let usage = MemoryUsage::default();
        let channel = |name: &str| ChannelName::parse(name).unwrap();
        for (size, name) in (1..).zip(["b", "c", "a", "b"]) {
            usage.add(channel(name), 1, size);
        }
        let expected =
            [("c", 2), ("a", 3), ("b", 4)].map(|(name, size)| (channel(name), Some(size)));
        assert_eq!(usage.take(), expected);
        assert!(usage.take().is_empty());
    }
}
