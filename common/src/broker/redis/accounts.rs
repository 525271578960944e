//! How much memory all channels take in Redis together, and whose messages go when that is too much.
//!
//! Publishing itself touches only the keys of its channel: each process gathers how large the channels are that it publishes
//! to, and adds that to a common account a moment later.

use super::{
    Shared,
    refusal::{Trouble, trouble},
};
use crate::message::ChannelName;
use redis::{RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

/// How often what was published is added to the account.
const ROUND: Duration = Duration::from_secs(1);
/// How many rounds later all channels that are read are named again.
const READ: u32 = 10;
/// After so many bytes it is time for a round.
const MANY: usize = 1024 * 1024;
/// What a channel takes in Redis beside its messages, in bytes: mostly the first node of its stream.
const CHANNEL: usize = 5 * 1024;
/// The most channels that are named at a time.
const AT_A_TIME: usize = 200;

/// A channel, and how much memory it takes: 0 if its messages were forgotten; nothing to say that it is read.
pub(super) type Entry = (ChannelName, Option<u64>);

/// What this process has to add to the account.
#[derive(Default)]
pub(super) struct Accounts {
    published: Mutex<Published>,
    due: Notify,
}

#[derive(Default)]
struct Published {
    /// Each with the number of its last message.
    sizes: HashMap<ChannelName, (u64, u64)>,
    messages: u64,
    bytes: usize,
}

impl Accounts {
    /// A message of so many bytes was published to a channel that takes `size` bytes of memory now.
    pub(super) fn add(&self, channel: ChannelName, bytes: usize, size: u64) {
        let mut published = self.published.lock().expect("no panic while adding");
        published.messages += 1;
        let number = published.messages;
        published.sizes.insert(channel, (number, size));
        published.bytes += bytes + CHANNEL;
        if published.bytes >= MANY {
            self.due.notify_one();
        }
    }

    /// What was published since this was last asked, from the least recently published on.
    fn take(&self) -> Vec<Entry> {
        let published = mem::take(&mut *self.published.lock().expect("no panic while adding"));
        let mut sizes: Vec<_> = published.sizes.into_iter().collect();
        sizes.sort_unstable_by_key(|(_, (number, _))| *number);
        sizes
            .into_iter()
            .map(|(channel, (_, size))| (channel, Some(size)))
            .collect()
    }
}

/// Keeps the account for as long as the connection lasts.
pub(super) async fn keep(
    shared: Weak<Shared>,
    mut connection: MultiplexedConnection,
) -> RedisResult<()> {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let accounts = |shared: &Weak<Shared>| shared.upgrade().map(|shared| shared.accounts.clone());
    let mut count = 0u32;
    while let Some(own) = accounts(&shared) {
        let all = tokio::select! {
            _ = rounds.tick() => {
                count = count.wrapping_add(1);
                count.is_multiple_of(READ)
            }
            () = own.due.notified() => false,
        };
        let Some(shared) = shared.upgrade() else {
            break;
        };
        let mut entries = own.take();
        entries.extend(read(&shared, all, &entries));
        match round(&shared, &mut connection, &entries).await {
            Err(error) if trouble(&error) == Trouble::Outage => return Err(error),
            outcome => shared
                .troubles
                .note_account(&shared.address, outcome.err().as_ref()),
        }
    }
    Ok(())
}

/// Of all channels that are followed, or else of these, the ones that are read.
fn read(shared: &Shared, all: bool, entries: &[Entry]) -> Vec<Entry> {
    let channels = shared.channels();
    let read = if all {
        channels.read()
    } else {
        entries
            .iter()
            .map(|(channel, _)| channel)
            .filter(|channel| channels.is_read(channel))
            .cloned()
            .collect()
    };
    read.into_iter().map(|channel| (channel, None)).collect()
}

/// Adds to the account, and lets Redis forget messages until all that are left fit.
async fn round(
    shared: &Arc<Shared>,
    connection: &mut MultiplexedConnection,
    entries: &[Entry],
) -> RedisResult<()> {
    for entries in entries.chunks(AT_A_TIME) {
        let mut doomed = match account(shared, connection, entries).await {
            // What cannot be added for want of memory is not needed to find room.
            Err(error) if is_full(&error) => account(shared, connection, &[]).await?,
            outcome => outcome?,
        };
        while !doomed.is_empty() {
            match shared
                .scripts
                .forget(&doomed)
                .query_async::<()>(connection)
                .await
            {
                Err(error) if trouble(&error) == Trouble::Outage => return Err(error),
                // A key of another type; it is not ours to account for.
                _ => {}
            }
            log::debug!(
                "broker: the messages of {} channels were forgotten to make room",
                doomed.len()
            );
            let forgotten: Vec<_> = doomed
                .into_iter()
                .map(|channel| (channel, Some(0)))
                .collect();
            doomed = account(shared, connection, &forgotten).await?;
        }
    }
    Ok(())
}

/// Whose messages are to be forgotten after this was added.
async fn account(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    entries: &[Entry],
) -> RedisResult<Vec<ChannelName>> {
    let doomed: Vec<String> = shared
        .scripts
        .account(shared.total(), entries)
        .invoke_async(connection)
        .await?;
    Ok(doomed
        .iter()
        .filter_map(|name| ChannelName::parse(name).ok())
        .collect())
}

fn is_full(error: &RedisError) -> bool {
    trouble(error) == Trouble::Refusal("OOM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_added_in_the_order_of_their_last_messages() {
        let (accounts, channel) = (Accounts::default(), |name: &str| {
            ChannelName::parse(name).unwrap()
        });
        for (size, name) in (1..).zip(["b", "c", "a", "b"]) {
            accounts.add(channel(name), 1, size);
        }
        let expected =
            [("c", 2), ("a", 3), ("b", 4)].map(|(name, size)| (channel(name), Some(size)));
        assert_eq!(accounts.take(), expected);
        assert!(accounts.take().is_empty());
    }
}
