//! The channels of a broker: how far each has come, and which of them make room for others. No hub, no clock.
//!
//! A channel that is not here has never had a message, or all of them were forgotten. Where such a channel begins is behind all
//! ids that it ever had, so that no id ever means two messages: see [`Forgotten`].

use super::{forgotten::Forgotten, owners::Owners};
use crate::message::{ChannelName, MessageId};
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

pub(super) struct Channels {
    positions: HashMap<ChannelName, Position>,
    /// Those that nobody reads: by their last use, the oldest first. `main` is none of them.
    idle: BTreeMap<u64, (Instant, ChannelName)>,
    owners: Owners,
    /// How many uses there were.
    uses: u64,
    forgotten: Forgotten,
    most: usize,
}

pub(super) struct Position {
    pub(super) head: MessageId,
    /// Who published its first message; none if it never had one.
    pub(super) owner: Option<u64>,
    /// Its place among those that are idle.
    idle: Option<u64>,
}

impl Channels {
    /// At most so many, of which `main` is one: the document's endpoints must find theirs, however many others there are.
    pub(super) fn new(most: usize, beginning: MessageId) -> Self {
        let main = Position {
            head: beginning,
            owner: None,
            idle: None,
        };
        let positions = HashMap::from([(ChannelName::main(), main)]);
        let forgotten = Forgotten::new(most, beginning);
        Self {
            positions,
            idle: BTreeMap::new(),
            owners: Owners::default(),
            uses: 0,
            forgotten,
            most,
        }
    }

    /// The cursor of a channel that is not here.
    pub(super) fn beginning(&self, channel: &ChannelName) -> MessageId {
        self.forgotten.end(channel)
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn is_full(&self) -> bool {
        self.positions.len() >= self.most
    }

    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.positions.contains_key(channel)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ChannelName, &Position)> {
        self.positions.iter()
    }

    /// Begins a channel that is not here; gives its head. It is not idle: that is up to [`Channels::rest`].
    pub(super) fn begin(&mut self, channel: &ChannelName) -> MessageId {
        let head = self.forgotten.end(channel);
        self.positions.insert(
            channel.clone(),
            Position {
                head,
                owner: None,
                idle: None,
            },
        );
        head
    }

    /// The id of the next message of a channel, which is here; its owner is who publishes the first one.
    pub(super) fn append(&mut self, channel: &ChannelName, owner: u64) -> Option<MessageId> {
        let position = self.positions.get_mut(channel)?;
        position.head.offset += 1;
        position.owner.get_or_insert(owner);
        Some(position.head)
    }

    /// A channel that is idle was used now.
    pub(super) fn touch(&mut self, channel: &ChannelName, now: Instant) {
        let Some(position) = self.positions.get_mut(channel) else {
            return;
        };
        let (Some(place), Some(owner)) = (position.idle, position.owner) else {
            return;
        };
        match self.idle.last_entry() {
            Some(mut last) if *last.key() == place => last.get_mut().0 = now,
            _ => {
                let (_, channel) = self
                    .idle
                    .remove(&place)
                    .expect("a position knows its place");
                self.uses += 1;
                position.idle = Some(self.uses);
                self.idle.insert(self.uses, (now, channel));
                self.owners.replace(owner, place, self.uses);
            }
        }
    }

    /// Nobody reads a channel: one that has messages is idle, and behind all others. False if it has none.
    pub(super) fn rest(&mut self, channel: &ChannelName, now: Instant) -> bool {
        let Some(position) = self.positions.get_mut(channel) else {
            return true;
        };
        if position.idle.is_some() || *channel == ChannelName::main() {
            return true;
        }
        let Some(owner) = position.owner else {
            return false;
        };
        self.uses += 1;
        position.idle = Some(self.uses);
        self.idle.insert(self.uses, (now, channel.clone()));
        self.owners.add(owner, self.uses);
        true
    }

    /// Somebody reads a channel: it is not idle until [`Channels::rest`].
    pub(super) fn lend(&mut self, channel: &ChannelName) {
        let Some(position) = self.positions.get_mut(channel) else {
            return;
        };
        let place = position.idle.take();
        if let (Some(place), Some(owner)) = (place, position.owner) {
            self.idle.remove(&place);
            self.owners.remove(owner, place);
        }
    }

    /// The idle channel that makes room for another: of whoever owns most of them, the one that was not used for longest.
    pub(super) fn first_to_go(&self) -> Option<&ChannelName> {
        self.idle
            .get(&self.owners.next()?)
            .map(|(_, channel)| channel)
    }

    /// The channel that has been idle for longest, if it was last used by then.
    pub(super) fn unused(&self, by: Instant) -> Option<&ChannelName> {
        self.idle
            .first_key_value()
            .filter(|(_, (used, _))| *used <= by)
            .map(|(_, (_, channel))| channel)
    }

    /// Forgets a channel.
    pub(super) fn forget(&mut self, channel: &ChannelName) {
        self.lend(channel);
        let Some(Position { head, owner, .. }) = self.positions.remove(channel) else {
            return;
        };
        if owner.is_some() {
            self.forgotten.add(channel, head);
        }
    }
}
