//! The order in which idle channels are evicted.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

/// The idle channels of each account that published a first message, by the numbers of their last
/// use. The cost of every call is logarithmic in the number of channels.
#[derive(Default)]
pub(super) struct IdleByAccount {
    uses: HashMap<u64, BTreeSet<u64>>,
    /// The rank of each account. The channel of the last rank is evicted next.
    ranks: BTreeSet<Rank>,
}

/// The number of an account's idle channels, the oldest last use among them, and the account.
type Rank = (usize, Reverse<u64>, u64);

impl IdleByAccount {
    pub(super) fn add(&mut self, account: u64, last_use: u64) {
        self.update(account, |uses| uses.insert(last_use));
    }

    pub(super) fn remove(&mut self, account: u64, last_use: u64) {
        self.update(account, |uses| uses.remove(&last_use));
    }

    pub(super) fn replace(&mut self, account: u64, former: u64, last_use: u64) {
        self.update(account, |uses| {
            uses.remove(&former) && uses.insert(last_use)
        });
    }

    /// Returns the last use of the channel that is evicted next: the least recently used one of the
    /// account with most idle channels. Of several such accounts it is the one with the least
    /// recently used channel.
    pub(super) fn next(&self) -> Option<u64> {
        self.ranks.last().map(|(_, Reverse(last_use), _)| *last_use)
    }

    fn update(&mut self, account: u64, act: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let uses = self.uses.entry(account).or_default();
        let before = rank(account, uses);
        act(uses);
        let after = rank(account, uses);
        if uses.is_empty() {
            self.uses.remove(&account);
        }
        if before != after {
            if let Some(before) = before {
                self.ranks.remove(&before);
            }
            self.ranks.extend(after);
        }
    }
}

fn rank(account: u64, uses: &BTreeSet<u64>) -> Option<Rank> {
    let oldest = *uses.first()?;
    Some((uses.len(), Reverse(oldest), account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// A channel of this account becomes idle.
        Add(u64),
        /// A channel is used.
        Use(usize),
        /// A channel is leased, or forgotten.
        Remove(usize),
        Evict,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => (0..4_u64).prop_map(Event::Add),
            3 => (0..20_usize).prop_map(Event::Use),
            1 => (0..20_usize).prop_map(Event::Remove),
            2 => Just(Event::Evict),
        ]
    }

    /// The account and last use of all idle channels, the least recently used first.
    type Model = Vec<(u64, u64)>;

    fn next(model: &Model) -> Option<u64> {
        let of = |account: u64| model.iter().filter(|(other, _)| *other == account).count();
        let most = model.iter().map(|(account, _)| of(*account)).max()?;
        model
            .iter()
            .find(|(account, _)| of(*account) == most)
            .map(|(_, last_use)| *last_use)
    }

    proptest! {
        #[test]
        fn the_account_with_most_idle_channels_loses_the_least_recently_used(
            events in prop::collection::vec(event(), 0..100)
        ) {
            let (mut idle, mut model) = (IdleByAccount::default(), Model::new());
            for (last_use, event) in (0..).zip(events) {
                match event {
                    Event::Add(account) => {
                        idle.add(account, last_use);
                        model.push((account, last_use));
                    }
                    Event::Use(at) if at < model.len() => {
                        let (account, former) = model.remove(at);
                        idle.replace(account, former, last_use);
                        model.push((account, last_use));
                    }
                    Event::Remove(at) if at < model.len() => {
                        let (account, last_use) = model.remove(at);
                        idle.remove(account, last_use);
                    }
                    Event::Evict => {
                        let last_use = next(&model);
                        prop_assert_eq!(idle.next(), last_use);
                        let is_last = |(_, other): &(u64, u64)| Some(*other) == last_use;
                        if let Some(at) = model.iter().position(is_last) {
                            let (account, last_use) = model.remove(at);
                            idle.remove(account, last_use);
                        }
                    }
                    Event::Use(_) | Event::Remove(_) => {}
                }
                prop_assert_eq!(idle.uses.values().map(BTreeSet::len).sum::<usize>(), model.len());
                prop_assert_eq!(idle.uses.len(), idle.ranks.len());
            }
        }
    }
}
