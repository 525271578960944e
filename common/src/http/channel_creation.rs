//! How many channels somebody may begin. Whoever begins one takes the place of another, so nobody may take all of them.

use super::{
    Problem,
    principal::ClientKey,
    rate_limit::{RateLimiter, seconds},
};
use crate::{broker::Broker, message::ChannelName};
use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    mem,
    sync::Mutex,
    time::{Duration, Instant},
};

/// What one minute brings may be saved up: after a restart everybody comes at once.
const BURST: Duration = Duration::from_secs(60);
/// For how long, and up to how many at a time, a channel is remembered that somebody published to and nobody reads here.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
const MOST: usize = 50_000;

/// What somebody wants of a channel that may be a new one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum New {
    /// To read it, for which this process must have it.
    Read,
    /// To publish there.
    Written,
}

pub(super) struct ChannelCreationLimit {
    rates: RateLimiter<ClientKey>,
    seen: Mutex<TokenCache>,
}

/// Channels of a broker that keeps them elsewhere, by a hash with a secret. Those of this time span and of the one before, so
/// that forgetting them is no work.
struct TokenCache {
    secret: RandomState,
    recent: HashSet<u64>,
    before: HashSet<u64>,
    since: Instant,
}

impl ChannelCreationLimit {
    /// So many in a minute, not zero, for each address and each token.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            rates: RateLimiter::new(f64::from(per_minute) / 60.0, BURST),
            seen: TokenCache::new(Instant::now()).into(),
        }
    }

    /// Takes a channel from the allowance of each of these, unless it is there already.
    pub(super) fn take(
        &self,
        channel: &ChannelName,
        new: New,
        broker: &Broker,
        callers: impl Iterator<Item = ClientKey> + Clone,
    ) -> Result<(), Problem> {
        let now = Instant::now();
        // A broker that keeps its channels elsewhere has those that nobody reads here, too.
        let is_elsewhere = new == New::Written && broker.outlives_process();
        if broker.has(channel) || (is_elsewhere && self.has_seen(channel, now)) {
            return Ok(());
        }
        self.rates.take(callers, now).map_err(refused)?;
        if is_elsewhere {
            self.seen
                .lock()
                .expect("no panic while looking")
                .add(channel);
        }
        Ok(())
    }

    fn has_seen(&self, channel: &ChannelName, now: Instant) -> bool {
        self.seen
            .lock()
            .expect("no panic while looking")
            .has(channel, now)
    }
}

fn refused(missing: Duration) -> Problem {
    let seconds = seconds(missing);
    let detail = format!(
        "more new channels than this address or token may begin: come back in {seconds} s, or use a channel that is there"
    );
    Problem::new(429, "too-many-new-channels", detail).retry_after(seconds)
}

impl TokenCache {
    fn new(since: Instant) -> Self {
        Self {
            secret: RandomState::new(),
            recent: HashSet::new(),
            before: HashSet::new(),
            since,
        }
    }

    /// Whether somebody published to it of late; if so, that counts as now.
    fn has(&mut self, channel: &ChannelName, now: Instant) -> bool {
        if now.saturating_duration_since(self.since) >= REMEMBERED {
            self.turn();
            self.since = now;
        }
        let hash = self.secret.hash_one(channel);
        let was_before = self.before.contains(&hash);
        if was_before {
            self.add(channel);
        }
        was_before || self.recent.contains(&hash)
    }

    fn add(&mut self, channel: &ChannelName) {
        if self.recent.len() >= MOST {
            self.turn();
        }
        self.recent.insert(self.secret.hash_one(channel));
    }

    fn turn(&mut self) {
        self.before = mem::take(&mut self.recent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(number: usize) -> ChannelName {
        ChannelName::parse(&format!("c{number}")).unwrap()
    }

    #[test]
    fn a_channel_is_known_for_a_while_after_its_last_use() {
        let began = Instant::now();
        let mut seen = TokenCache::new(began);
        seen.add(&channel(1));
        let at = |spans: u32| began + REMEMBERED * spans;
        assert!((0..5).all(|span| seen.has(&channel(1), at(span))));
        assert!(!seen.has(&channel(2), at(5)));
        assert!(
            !seen.has(&channel(1), at(7)) || !seen.has(&channel(1), at(9)),
            "nobody has asked for two spans"
        );
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest_is_there() {
        let began = Instant::now();
        let mut seen = TokenCache::new(began);
        for number in 0..3 * MOST {
            seen.add(&channel(number));
            assert!(seen.recent.len() + seen.before.len() <= 2 * MOST);
        }
        assert!(seen.has(&channel(3 * MOST - 1), began) && seen.has(&channel(2 * MOST), began));
        assert!(!seen.has(&channel(0), began));
    }
}
