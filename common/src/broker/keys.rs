//! The idempotency keys of the last five minutes.

use super::Accepted;
use crate::message::Channel;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// How long a repeated key gets the first result.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// The most keys remembered; beyond it the oldest are forgotten early.
const MOST: usize = 100_000;

/// What they take at most, in bytes: each is there twice, up to 128 bytes long, with its channel, its result and its age.
pub(crate) const MOST_MEMORY: usize = MOST * 512;

type Name = (Channel, String);

#[derive(Default)]
pub(super) struct Keys {
    results: HashMap<Name, Accepted>,
    /// The same keys from the oldest on.
    ages: VecDeque<(Instant, Name)>,
}

impl Keys {
    /// The result that this key had.
    pub(super) fn find(&mut self, channel: &Channel, key: &str) -> Option<Accepted> {
        self.forget();
        self.results.get(&(channel.clone(), key.to_owned())).copied()
    }

    /// Remembers the result of a key that has none.
    pub(super) fn remember(&mut self, channel: Channel, key: String, result: Accepted) {
        let name = (channel, key);
        self.ages.push_back((Instant::now(), name.clone()));
        self.results.insert(name, result);
    }

    fn forget(&mut self) {
        while self.ages.front().is_some_and(|(since, _)| since.elapsed() >= KEPT) || self.ages.len() > MOST {
            let oldest = self.ages.pop_front();
            oldest.map(|(_, name)| self.results.remove(&name));
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

    #[test]
    fn keys_are_kept_for_five_minutes() {
        let (mut keys, main) = (Keys::default(), Channel::main());
        keys.remember(main.clone(), "k".into(), result(1));
        assert_eq!(keys.find(&main, "k"), Some(result(1)));
        keys.ages[0].0 = Instant::now().checked_sub(KEPT).unwrap();
        assert_eq!(keys.find(&main, "k"), None);
        assert!(keys.results.is_empty());
    }

    #[test]
    fn their_number_is_bounded() {
        let (mut keys, main) = (Keys::default(), Channel::main());
        (0..=MOST as u64).for_each(|at| keys.remember(main.clone(), at.to_string(), result(at)));
        assert_eq!(keys.find(&main, "0"), None);
        assert_eq!((keys.find(&main, "1"), keys.ages.len()), (Some(result(1)), MOST));
    }
}
