//! Several channels of one subscriber, each with its cursor.

mod merge;

pub use merge::{Merge, SetEvent};

use crate::{
    channels::{AcceptOrder, Channel, ChannelLease},
    history::Hello,
    hub::Hub,
    message::{ChannelName, Cursor, MessageId, write_cursor},
};
use futures_util::future::select_all;
use std::fmt::{self, Display};

/// Several channels and a cursor in each. Reads them in the order in which the hub accepted their
/// messages.
pub struct ChannelSet {
    members: Vec<Member>,
    order: AcceptOrder,
}

struct Member {
    channel: ChannelLease,
    /// Before a reset this is the client's own cursor.
    cursor: MessageId,
}

impl ChannelSet {
    /// Creates a set of channels of a hub, each to be read after a cursor.
    pub fn new(hub: &Hub, channels: impl IntoIterator<Item = (ChannelLease, Cursor)>) -> Self {
        let mut set = Self::empty(hub.accept_order());
        for (channel, cursor) in channels {
            let cursor = channel.resume(cursor).announced_cursor();
            set.push(channel, cursor);
        }
        set
    }

    pub(super) fn empty(order: &AcceptOrder) -> Self {
        Self {
            members: Vec::new(),
            order: order.clone(),
        }
    }

    /// Adds a channel, to be read after this cursor.
    pub(super) fn push(&mut self, channel: ChannelLease, cursor: MessageId) {
        self.members.push(Member { channel, cursor });
    }

    /// Adds the channels of another set.
    pub(super) fn extend(&mut self, other: Self) {
        self.members.extend(other.members);
    }

    pub(crate) fn remove(&mut self, index: usize) {
        self.members.remove(index);
    }

    /// Returns the index of a channel.
    pub(super) fn position(&self, name: &ChannelName) -> Option<usize> {
        self.names().position(|other| other == name)
    }

    pub(crate) fn channels(&self) -> impl Iterator<Item = &ChannelLease> {
        self.members.iter().map(|member| &member.channel)
    }

    /// Returns the names of the channels.
    pub fn names(&self) -> impl Iterator<Item = &ChannelName> {
        self.channels().map(|channel| channel.name())
    }

    /// Returns the combined cursor.
    pub fn cursor(&self) -> impl Display {
        CombinedCursor(&self.members)
    }

    /// Returns what the `hello` of a stream of these channels says.
    pub fn hello(&self) -> Hello {
        Hello {
            cursor: self.cursor().to_string(),
            has_reset: self.has_reset(),
        }
    }

    /// Returns whether a channel has lost messages after its cursor.
    pub fn has_reset(&self) -> bool {
        let resume = |member: &Member| member.channel.resume(Cursor::After(member.cursor));
        self.members
            .iter()
            .any(|member| resume(member).reset.is_some())
    }

    /// Returns whether all channels have ended and a subscriber with these cursors has everything.
    pub fn has_ended(&self) -> bool {
        let ends = |member: &Member| member.channel.ends_at(member.cursor);
        !self.members.is_empty() && self.members.iter().all(ends)
    }

    /// Returns whether there is something to read: messages, or a reset.
    pub fn has_news(&self) -> bool {
        let has_news = |member: &Member| member.channel.has_news(member.cursor);
        self.members.iter().any(has_news)
    }

    /// Waits until there is something to read. The set must not be empty.
    pub async fn changed(&self) {
        let changed = |member: &Member| {
            let (channel, cursor) = (member.channel.clone(), member.cursor);
            Box::pin(async move { channel.changed_from(cursor).await })
        };
        select_all(self.members.iter().map(changed)).await;
    }

    /// Returns how many messages are yet to be read.
    pub(super) fn messages_behind(&self) -> u64 {
        let behind = |member: &Member| member.channel.messages_after(member.cursor);
        self.members.iter().map(behind).sum()
    }

    fn channel(&self, index: usize) -> (&Channel, MessageId) {
        let Member { channel, cursor } = &self.members[index];
        (channel, *cursor)
    }
}

struct CombinedCursor<'a>(&'a [Member]);

impl Display for CombinedCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.0.iter();
        write_cursor(
            members.map(|member| (member.channel.name(), member.cursor)),
            f,
        )
    }
}

#[cfg(test)]
mod tests;
