//! Reads the channels of a set in one order.

use super::ChannelSet;
use crate::{
    history::{Next, Reset},
    message::{ChannelName, Message},
};
use std::{cmp::Reverse, fmt::Display};

/// What a set of channels has next.
#[derive(Debug, PartialEq, Eq)]
pub enum SetEvent {
    /// A message.
    Message(Message),
    /// Messages of this channel are lost.
    Reset(ChannelName, Reset),
}

impl SetEvent {
    /// Returns the number of bytes of a message; 0 for a reset.
    pub(crate) fn message_bytes(&self) -> usize {
        match self {
            Self::Message(message) => message.json().len(),
            Self::Reset(..) => 0,
        }
    }
}

/// A pass over a set: first the resets, then messages in the order in which the hub accepted them.
///
/// Ends with the message that was accepted last when it began. Later ones are left for the next
/// pass, since one of them may be in a channel that this pass has seen already.
pub struct Merge<'a> {
    set: &'a mut ChannelSet,
    /// What each channel has next, the last to be taken first.
    heads: Vec<Head>,
    /// The last place that this pass reads.
    until: u64,
}

struct Head {
    /// 0 for a reset.
    place: u64,
    channel: usize,
    event: SetEvent,
}

impl Head {
    fn key(&self) -> Reverse<(u64, usize)> {
        Reverse((self.place, self.channel))
    }
}

impl ChannelSet {
    /// Begins to read what has come after the cursors.
    pub fn merge(&mut self) -> Merge<'_> {
        let mut merge = Merge {
            until: self.order.latest(),
            set: self,
            heads: Vec::new(),
        };
        for channel in 0..merge.set.members.len() {
            merge.push_next(channel);
        }
        merge
    }
}

impl Merge<'_> {
    /// Returns what is next.
    pub fn peek(&self) -> Option<&SetEvent> {
        Some(&self.heads.last()?.event)
    }

    /// Takes what is next, and moves the cursor of its channel past it.
    pub fn take(&mut self) -> Option<SetEvent> {
        let Head { channel, event, .. } = self.heads.pop()?;
        self.set.members[channel].cursor = match &event {
            SetEvent::Message(message) => message.id,
            SetEvent::Reset(_, reset) => reset.cursor(),
        };
        self.push_next(channel);
        Some(event)
    }

    /// Leaves the channel with the next message or reset for another pass.
    pub fn skip(&mut self) {
        self.heads.pop();
    }

    /// Returns the combined cursor after what was taken.
    pub fn cursor(&self) -> impl Display {
        self.set.cursor()
    }

    /// Returns whether a subscriber that has what was taken has everything up to the ends of all
    /// channels.
    pub fn has_ended(&self) -> bool {
        self.set.has_ended()
    }

    fn push_next(&mut self, channel: usize) {
        if let Some(head) = self.head(channel) {
            let at = self.heads.partition_point(|other| other.key() < head.key());
            self.heads.insert(at, head);
        }
    }

    fn head(&self, index: usize) -> Option<Head> {
        let (channel, cursor) = self.set.channel(index);
        if !channel.has_news(cursor) {
            return None;
        }
        let (place, event) = match channel.next_after(cursor) {
            Next::Message(message, place) if place <= self.until => {
                (place, SetEvent::Message(message))
            }
            Next::Message(..) | Next::CaughtUp => return None,
            Next::Reset(reset) => (0, SetEvent::Reset(channel.name().clone(), reset)),
        };
        Some(Head {
            place,
            channel: index,
            event,
        })
    }
}
