//! Limits how many channels a client may create. A new channel may take the place of another, so no
//! client may take all of them.

use super::{
    Problem,
    client_key::ClientKey,
    rate_limit::{RateLimiter, whole_seconds},
};
use broker::Broker;
use common::message::ChannelName;
use parking_lot::Mutex;
use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    mem,
    time::{Duration, Instant},
};

/// The allowance saves up what this time brings: after a restart, all clients come at once.
const CREATION_BURST: Duration = Duration::from_secs(60);
/// How long a channel counts as existing after a publication, at least.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// The most channels in each of the two sets of [`RecentChannels`].
const MAX_CHANNELS: usize = 50_000;

/// What a client wants to do with a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChannelUse {
    /// Read it, for which this process must have it.
    Read,
    /// Publish to it.
    Publish,
}

/// The limit of `--new-channels`, for each address and each token.
pub(super) struct ChannelCreationLimit {
    rate: RateLimiter<ClientKey>,
    recent: Mutex<RecentChannels>,
}

/// The channels of a shared broker that were published to recently, as keyed hashes.
///
/// There are two sets, so that forgetting is cheap: the older one is dropped when the newer one is
/// full or old.
struct RecentChannels {
    secret: RandomState,
    newer: HashSet<u64>,
    older: HashSet<u64>,
    /// When `newer` was begun.
    since: Instant,
}

impl ChannelCreationLimit {
    /// Creates a limit of `per_minute` channels, which must not be 0.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            rate: RateLimiter::new(f64::from(per_minute) / 60.0, CREATION_BURST),
            recent: RecentChannels::new(Instant::now()).into(),
        }
    }

    /// Takes a channel from the allowance of each of these clients, unless the channel exists.
    ///
    /// # Errors
    ///
    /// 429 `too-many-new-channels` if the allowance of one client is used up; then nothing is
    /// taken.
    pub(super) fn take(
        &self,
        channel: &ChannelName,
        channel_use: ChannelUse,
        broker: &Broker,
        clients: impl Iterator<Item = ClientKey> + Clone,
    ) -> Result<(), Problem> {
        let now = Instant::now();
        // A shared broker has more channels than this process, and publishing to one does not open
        // it here.
        let is_elsewhere = channel_use == ChannelUse::Publish && broker.outlives_process();
        if broker.has(channel) || (is_elsewhere && self.recent.lock().contains(channel, now)) {
            return Ok(());
        }
        self.rate.take(clients, now).map_err(too_many_channels)?;
        if is_elsewhere {
            self.recent.lock().insert(channel);
        }
        Ok(())
    }
}

fn too_many_channels(wait: Duration) -> Problem {
    let seconds = whole_seconds(wait);
    let detail = format!(
        "this address or token has used up its new channels for now: retry in {seconds} s, \
         or use an existing channel"
    );
    Problem::new(429, "too-many-new-channels", detail).retry_after(seconds)
}

impl RecentChannels {
    fn new(since: Instant) -> Self {
        Self {
            secret: RandomState::new(),
            newer: HashSet::new(),
            older: HashSet::new(),
            since,
        }
    }

    /// Returns whether the channel is remembered, and if so renews it.
    fn contains(&mut self, channel: &ChannelName, now: Instant) -> bool {
        if now.saturating_duration_since(self.since) >= REMEMBERED {
            self.rotate();
            self.since = now;
        }
        let hash = self.secret.hash_one(channel);
        if self.older.contains(&hash) {
            self.insert(channel);
            return true;
        }
        self.newer.contains(&hash)
    }

    fn insert(&mut self, channel: &ChannelName) {
        if self.newer.len() >= MAX_CHANNELS {
            self.rotate();
        }
        self.newer.insert(self.secret.hash_one(channel));
    }

    fn rotate(&mut self) {
        self.older = mem::take(&mut self.newer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(number: usize) -> ChannelName {
        ChannelName::parse(&format!("c{number}")).unwrap()
    }

    #[test]
    fn a_channel_is_remembered_after_its_last_use() {
        let began = Instant::now();
        let mut recent = RecentChannels::new(began);
        recent.insert(&channel(1));
        let at = |spans: u32| began + REMEMBERED * spans;
        assert!((0..5).all(|span| recent.contains(&channel(1), at(span))));
        assert!(!recent.contains(&channel(2), at(5)));
        assert!(
            !recent.contains(&channel(1), at(7)) || !recent.contains(&channel(1), at(9)),
            "unused for two time spans"
        );
    }

    #[test]
    fn memory_is_bounded_and_keeps_the_newest() {
        let began = Instant::now();
        let mut recent = RecentChannels::new(began);
        for number in 0..3 * MAX_CHANNELS {
            recent.insert(&channel(number));
            assert!(recent.newer.len() + recent.older.len() <= 2 * MAX_CHANNELS);
        }
        assert!(
            recent.contains(&channel(3 * MAX_CHANNELS - 1), began)
                && recent.contains(&channel(2 * MAX_CHANNELS), began)
        );
        assert!(!recent.contains(&channel(0), began));
    }
}
