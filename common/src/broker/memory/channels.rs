//! The channels of a broker: how far each has come, and which of them nobody has used for longest. No hub, no clock.
//!
//! A channel that is not here has never had a message, or all of them were forgotten. Where such a channel begins is behind all
//! ids that it ever had, so that no id ever means two messages: see [`Forgotten`].

use super::forgotten::Forgotten;
use crate::message::{Channel, Id};
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

pub(super) struct Channels {
    positions: HashMap<Channel, Position>,
    /// Those that may be forgotten, if nobody reads them: by their last use, the oldest first. `main` is none of them.
    idle: BTreeMap<u64, (Instant, Channel)>,
    /// How many uses there were.
    uses: u64,
    forgotten: Forgotten,
    most: usize,
}

pub(super) struct Position {
    pub(super) head: Id,
    /// Whether it ever had a message.
    pub(super) is_silent: bool,
    /// Its place among those that are idle.
    idle: Option<u64>,
}

impl Channels {
    /// At most so many, of which `main` is one: the document's endpoints must find theirs, however many others there are.
    pub(super) fn new(most: usize, beginning: Id) -> Self {
        let main = Position { head: beginning, is_silent: true, idle: None };
        let positions = HashMap::from([(Channel::main(), main)]);
        Self { positions, idle: BTreeMap::new(), uses: 0, forgotten: Forgotten::new(most, beginning), most }
    }

    /// The cursor of a channel that is not here.
    pub(super) fn beginning(&self, channel: &Channel) -> Id {
        self.forgotten.end(channel)
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn is_full(&self) -> bool {
        self.positions.len() >= self.most
    }

    pub(super) fn has(&self, channel: &Channel) -> bool {
        self.positions.contains_key(channel)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Channel, &Position)> {
        self.positions.iter()
    }

    /// A channel that is used now.
    pub(super) fn touch(&mut self, channel: &Channel, now: Instant) -> Option<&mut Position> {
        let position = self.positions.get_mut(channel)?;
        let Some(place) = position.idle else { return Some(position) };
        match self.idle.last_entry() {
            Some(mut last) if *last.key() == place => last.get_mut().0 = now,
            _ => {
                let (_, channel) = self.idle.remove(&place).expect("a position knows its place");
                self.uses += 1;
                position.idle = Some(self.uses);
                self.idle.insert(self.uses, (now, channel));
            }
        }
        Some(position)
    }

    /// Begins a channel that is not here; gives its head.
    pub(super) fn begin(&mut self, channel: &Channel, now: Instant) -> Id {
        let head = self.forgotten.end(channel);
        self.positions.insert(channel.clone(), Position { head, is_silent: true, idle: None });
        self.rest(channel, now);
        head
    }

    /// Puts a channel behind all that are idle.
    pub(super) fn rest(&mut self, channel: &Channel, now: Instant) {
        let Some(position) = self.positions.get_mut(channel) else { return };
        if position.idle.is_none() && *channel != Channel::main() {
            self.uses += 1;
            position.idle = Some(self.uses);
            self.idle.insert(self.uses, (now, channel.clone()));
        }
    }

    /// Takes out the channel that has been idle for longest, if it was last used by then. If it is read it comes back by
    /// [`Channels::rest`].
    pub(super) fn take_idle(&mut self, by: Option<Instant>) -> Option<Channel> {
        let oldest = self.idle.first_entry().filter(|oldest| by.is_none_or(|by| oldest.get().0 <= by))?;
        let (_, channel) = oldest.remove();
        self.positions.get_mut(&channel).into_iter().for_each(|position| position.idle = None);
        Some(channel)
    }

    /// Forgets a channel.
    pub(super) fn forget(&mut self, channel: &Channel) {
        let Some(Position { head, is_silent, idle }) = self.positions.remove(channel) else { return };
        idle.map(|place| self.idle.remove(&place));
        if !is_silent {
            self.forgotten.add(channel, head);
        }
    }
}
