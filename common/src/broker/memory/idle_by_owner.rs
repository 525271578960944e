//! The order in which idle channels make room.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

/// The idle channels of each owner, by the numbers of their last use. An owner is the account that
/// published the first message. The cost of every call is logarithmic in the number of channels.
#[derive(Default)]
pub(super) struct IdleByOwner {
    uses: HashMap<u64, BTreeSet<u64>>,
    /// The rank of each owner. The last one's channel makes room next.
    ranks: BTreeSet<Rank>,
}

/// The number of an owner's idle channels, the oldest last use among them, and the owner.
type Rank = (usize, Reverse<u64>, u64);

impl IdleByOwner {
    pub(super) fn add(&mut self, owner: u64, last_use: u64) {
        self.update(owner, |uses| uses.insert(last_use));
    }

    pub(super) fn remove(&mut self, owner: u64, last_use: u64) {
        self.update(owner, |uses| uses.remove(&last_use));
    }

    pub(super) fn replace(&mut self, owner: u64, former: u64, last_use: u64) {
        self.update(owner, |uses| uses.remove(&former) && uses.insert(last_use));
    }

    /// Returns the last use of the channel that makes room next: the least recently used one of the
    /// owner with most idle channels. Of several such owners it is the one with the least recently
    /// used channel.
    pub(super) fn next(&self) -> Option<u64> {
        self.ranks.last().map(|(_, Reverse(last_use), _)| *last_use)
    }

    fn update(&mut self, owner: u64, act: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let uses = self.uses.entry(owner).or_default();
        let before = rank(owner, uses);
        act(uses);
        let after = rank(owner, uses);
        if uses.is_empty() {
            self.uses.remove(&owner);
        }
        if before != after {
            if let Some(before) = before {
                self.ranks.remove(&before);
            }
            self.ranks.extend(after);
        }
    }
}

fn rank(owner: u64, uses: &BTreeSet<u64>) -> Option<Rank> {
    let oldest = *uses.first()?;
    Some((uses.len(), Reverse(oldest), owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// A channel of this owner becomes idle.
        Add(u64),
        /// A channel is used.
        Use(usize),
        /// A channel is leased, or forgotten.
        Remove(usize),
        MakeRoom,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => (0..4_u64).prop_map(Event::Add),
            3 => (0..20_usize).prop_map(Event::Use),
            1 => (0..20_usize).prop_map(Event::Remove),
            2 => Just(Event::MakeRoom),
        ]
    }

    /// The owner and last use of all idle channels, from the least recently used on.
    type Model = Vec<(u64, u64)>;

    fn next(model: &Model) -> Option<u64> {
        let of = |owner: u64| model.iter().filter(|(other, _)| *other == owner).count();
        let most = model.iter().map(|(owner, _)| of(*owner)).max()?;
        model
            .iter()
            .find(|(owner, _)| of(*owner) == most)
            .map(|(_, last_use)| *last_use)
    }

    proptest! {
        #[test]
        fn the_owner_with_most_channels_gives_the_least_recently_used(
            events in prop::collection::vec(event(), 0..100)
        ) {
            let (mut idle, mut model) = (IdleByOwner::default(), Model::new());
            for (last_use, event) in (0..).zip(events) {
                match event {
                    Event::Add(owner) => {
                        idle.add(owner, last_use);
                        model.push((owner, last_use));
                    }
                    Event::Use(at) if at < model.len() => {
                        let (owner, former) = model.remove(at);
                        idle.replace(owner, former, last_use);
                        model.push((owner, last_use));
                    }
                    Event::Remove(at) if at < model.len() => {
                        let (owner, last_use) = model.remove(at);
                        idle.remove(owner, last_use);
                    }
                    Event::MakeRoom => {
                        let last_use = next(&model);
                        prop_assert_eq!(idle.next(), last_use);
                        let is_last = |(_, other): &(u64, u64)| Some(*other) == last_use;
                        if let Some(at) = model.iter().position(is_last) {
                            let (owner, last_use) = model.remove(at);
                            idle.remove(owner, last_use);
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
