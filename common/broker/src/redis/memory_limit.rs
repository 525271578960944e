//! Keeps the memory of all channels in Redis within a limit, by forgetting messages of the least
//! recently used ones.

use super::{
    cluster::Redirect,
    errors::{ErrorScope, scope},
    memory_usage::UsageEntry,
    shared::Shared,
    table::Place,
};
use common::message::ChannelName;
use redis::{RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    task::yield_now,
    time::{MissedTickBehavior, interval},
};

/// The time between two rounds of recording.
const ROUND: Duration = Duration::from_secs(1);
/// How many rounds there are between two reports of all channels that are read.
const ROUNDS_PER_REPORT: u32 = 10;
/// The most channels in one call of the script.
const BATCH: usize = 200;

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
            () = state.memory_usage.round_due() => false,
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
    let next = |place: &mut Place| shared.subscriptions().leased_next(place);
    while let Some(leased) = next(&mut place) {
        all.extend(leased);
        yield_now().await;
    }
    all
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
