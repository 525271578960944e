//! Whose idle channels make room first.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

/// The idle channels of each owner, by their places in the order of last use. An owner is whoever published the first message of a
/// channel, as a number. All calls take a time that grows with the logarithm of the number of channels.
#[derive(Default)]
pub(super) struct Owners {
    places: HashMap<u64, BTreeSet<u64>>,
    /// One rank for each owner; the last one gives a channel next.
    ranks: BTreeSet<Rank>,
}

/// How many idle channels an owner has, the place of the one that was not used for longest, and the owner.
type Rank = (usize, Reverse<u64>, u64);

impl Owners {
    pub(super) fn add(&mut self, owner: u64, place: u64) {
        self.change(owner, |places| places.insert(place));
    }

    pub(super) fn remove(&mut self, owner: u64, place: u64) {
        self.change(owner, |places| places.remove(&place));
    }

    pub(super) fn replace(&mut self, owner: u64, former: u64, place: u64) {
        self.change(owner, |places| {
            places.remove(&former) && places.insert(place)
        });
    }

    /// The place of the channel that makes room next: of the owner that has most, the one that was not used for longest. Of
    /// several such owners it is the one whose channel was not used for longest.
    pub(super) fn next(&self) -> Option<u64> {
        self.ranks.last().map(|(_, Reverse(place), _)| *place)
    }

    fn change(&mut self, owner: u64, act: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let places = self.places.entry(owner).or_default();
        let before = rank(owner, places);
        act(places);
        let after = rank(owner, places);
        if places.is_empty() {
            self.places.remove(&owner);
        }
        if before != after {
            before.map(|rank| self.ranks.remove(&rank));
            self.ranks.extend(after);
        }
    }
}

fn rank(owner: u64, places: &BTreeSet<u64>) -> Option<Rank> {
    places
        .first()
        .map(|place| (places.len(), Reverse(*place), owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// A channel of this owner becomes idle.
        Add(u64),
        /// One is used.
        Use(usize),
        /// One is read, or forgotten.
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

    /// All idle channels, each with its owner, from the one that was not used for longest on.
    type Model = Vec<(u64, u64)>;

    fn next(model: &Model) -> Option<u64> {
        let of = |owner: u64| model.iter().filter(|(other, _)| *other == owner).count();
        let most = model.iter().map(|(owner, _)| of(*owner)).max()?;
        model
            .iter()
            .find(|(owner, _)| of(*owner) == most)
            .map(|(_, place)| *place)
    }

    proptest! {
        #[test]
        fn whoever_has_most_gives_the_one_that_was_not_used_for_longest(events in prop::collection::vec(event(), 0..100)) {
            let (mut owners, mut model) = (Owners::default(), Model::new());
            for (place, event) in (0..).zip(events) {
                match event {
                    Event::Add(owner) => {
                        owners.add(owner, place);
                        model.push((owner, place));
                    }
                    Event::Use(at) if at < model.len() => {
                        let (owner, former) = model.remove(at);
                        owners.replace(owner, former, place);
                        model.push((owner, place));
                    }
                    Event::Remove(at) if at < model.len() => {
                        let (owner, place) = model.remove(at);
                        owners.remove(owner, place);
                    }
                    Event::MakeRoom => {
                        let place = next(&model);
                        prop_assert_eq!(owners.next(), place);
                        if let Some(at) = model.iter().position(|(_, other)| Some(*other) == place) {
                            let (owner, place) = model.remove(at);
                            owners.remove(owner, place);
                        }
                    }
                    Event::Use(_) | Event::Remove(_) => {}
                }
                prop_assert_eq!(owners.places.values().map(BTreeSet::len).sum::<usize>(), model.len());
                prop_assert_eq!(owners.places.len(), owners.ranks.len());
            }
        }
    }
}
