//! The idempotency keys of the last five minutes.
//!
//! Neither keys nor bodies are stored, only keyed hashes of them: an entry has the same size whatever a client sends, and
//! nobody can look for two keys, or two bodies, of one hash.

use super::{Accepted, BrokerError};
use crate::message::Channel;
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// How long a repeated key gets the first result.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// The most keys remembered; beyond it the oldest are forgotten early.
const MOST: usize = 100_000;

/// What they take at most, in bytes.
pub(crate) const MOST_MEMORY: usize = MOST * 512;

/// A publication that has a key.
#[derive(Clone, Copy)]
pub(super) struct Keyed {
    /// The channel and the key.
    name: [u64; 2],
    body: u64,
}

#[derive(Default)]
pub(super) struct Keys {
    secrets: [RandomState; 2],
    /// How many entries were made before the one of this name.
    numbers: HashMap<[u64; 2], u64>,
    /// From the oldest on.
    entries: VecDeque<Entry>,
    /// How many entries were forgotten.
    forgotten: u64,
}

struct Entry {
    keyed: Keyed,
    result: Accepted,
    since: Instant,
}

impl Keys {
    pub(super) fn keyed(&self, channel: &Channel, key: &str, body: &str) -> Keyed {
        let [first, second] = &self.secrets;
        let name = (channel, key);
        Keyed { name: [first.hash_one(name), second.hash_one(name)], body: first.hash_one(body) }
    }

    /// The result that the same publication had; an error if its key was used with another body.
    pub(super) fn find(&mut self, Keyed { name, body }: Keyed, now: Instant) -> Result<Option<Accepted>, BrokerError> {
        self.forget(now);
        let number = self.numbers.get(&name).and_then(|number| usize::try_from(number - self.forgotten).ok());
        match number.and_then(|number| self.entries.get(number)) {
            Some(entry) if entry.keyed.body != body => Err(BrokerError::KeyReused),
            entry => Ok(entry.map(|entry| entry.result)),
        }
    }

    /// Remembers the result of a key that has none.
    pub(super) fn remember(&mut self, keyed: Keyed, result: Accepted, now: Instant) {
        self.numbers.insert(keyed.name, self.forgotten + self.entries.len() as u64);
        self.entries.push_back(Entry { keyed, result, since: now });
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |entry: &Entry| now.saturating_duration_since(entry.since) >= KEPT;
        while self.entries.len() > MOST || self.entries.front().is_some_and(is_old) {
            let oldest = self.entries.pop_front();
            oldest.map(|entry| self.numbers.remove(&entry.keyed.name));
            self.forgotten += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Id;

    fn result(offset: u64) -> Accepted {
        Accepted { id: Id { epoch: 1, offset }, time: 0 }
    }

    fn keyed(keys: &Keys, key: &str, body: &str) -> Keyed {
        keys.keyed(&Channel::main(), key, body)
    }

    #[test]
    fn keys_are_kept_for_five_minutes() {
        let (mut keys, began) = (Keys::default(), Instant::now());
        let keyed = keyed(&keys, "k", "1");
        keys.remember(keyed, result(1), began);
        assert_eq!(keys.find(keyed, began + KEPT - Duration::from_millis(1)), Ok(Some(result(1))));
        assert_eq!(keys.find(keyed, began + KEPT), Ok(None));
        assert!(keys.numbers.is_empty());
    }

    #[test]
    fn a_key_belongs_to_one_channel_and_one_body() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let first = keyed(&keys, "k", "1");
        keys.remember(first, result(1), now);
        let other_body = keyed(&keys, "k", "1 ");
        assert_eq!(keys.find(other_body, now), Err(BrokerError::KeyReused));
        let other_channel = keys.keyed(&Channel::parse("c").unwrap(), "k", "2");
        assert_eq!(keys.find(other_channel, now), Ok(None));
        assert_eq!(keys.find(keyed(&keys, "l", "2"), now), Ok(None));
    }

    #[test]
    fn each_key_has_its_own_result_also_after_others_were_forgotten() {
        let (mut keys, began) = (Keys::default(), Instant::now());
        let at = |second: u64| began + Duration::from_secs(second);
        let all: Vec<_> = (0..10).map(|number| keyed(&keys, &number.to_string(), "1")).collect();
        (0..).zip(&all).for_each(|(number, keyed)| keys.remember(*keyed, result(number), at(number)));
        let later = at(4) + KEPT;
        let found: Vec<_> = all.iter().map(|keyed| keys.find(*keyed, later).unwrap()).collect();
        let expected: Vec<_> = (0..10).map(|number| (number > 4).then(|| result(number))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn their_number_is_bounded() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        let name = |keys: &Keys, at: usize| keyed(keys, &at.to_string(), "1");
        (0..=MOST).for_each(|at| keys.remember(name(&keys, at), result(at as u64), now));
        assert_eq!(keys.find(name(&keys, 0), now), Ok(None));
        assert_eq!((keys.find(name(&keys, 1), now), keys.entries.len()), (Ok(Some(result(1))), MOST));
    }
}
