//! What things are called in Redis.

use crate::message::ChannelName;

/// Names under one prefix, in one database. All keys of a channel have the channel as their hash tag, and so one slot.
#[derive(Debug)]
pub(super) struct Names {
    prefix: String,
    db: i64,
}

impl Names {
    /// `prefix` has no braces.
    pub(super) fn new(prefix: String, db: i64) -> Self {
        Self { prefix, db }
    }

    /// The hash of a channel's epoch, offset and time of its newest message, number of bytes held, offset and time of the newest
    /// message that was trimmed, and the life of Redis in which it was last used.
    pub(super) fn head(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:head", self.prefix)
    }

    /// The stream of a channel's messages.
    pub(super) fn log(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:log", self.prefix)
    }

    /// The result that an idempotency key had.
    pub(super) fn key(&self, channel: &ChannelName, key: &str) -> String {
        format!("{}{{{channel}}}:key:{key}", self.prefix)
    }

    /// The hash of how much memory each channel takes. Its hash tag is no channel's.
    pub(super) fn sizes(&self) -> String {
        format!("{}{{*}}:sizes", self.prefix)
    }

    /// The sorted set of when each channel was last used.
    pub(super) fn used(&self) -> String {
        format!("{}{{*}}:used", self.prefix)
    }

    /// A key that is never there.
    pub(super) fn probe(&self) -> String {
        format!("{}probe", self.prefix)
    }

    /// Where a channel's messages are told. Redis tells them in all databases, so the name has the number of ours.
    pub(super) fn topic(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:{}", self.prefix, self.db)
    }

    /// The channel of a topic.
    pub(super) fn channel(topic: &str) -> Option<ChannelName> {
        let (_, tagged) = topic.split_once('{')?;
        ChannelName::parse(tagged.split_once('}')?.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pinned() {
        let (names, channel) = (
            Names::new("trilane:".into(), 3),
            ChannelName::parse("a:b").unwrap(),
        );
        assert_eq!(names.head(&channel), "trilane:{a:b}:head");
        assert_eq!(names.log(&channel), "trilane:{a:b}:log");
        assert_eq!(names.key(&channel, "k"), "trilane:{a:b}:key:k");
        assert_eq!(names.topic(&channel), "trilane:{a:b}:3");
        assert_eq!(
            [names.sizes(), names.used()],
            ["trilane:{*}:sizes", "trilane:{*}:used"]
        );
        assert_eq!(names.probe(), "trilane:probe");
        assert_eq!(Names::channel("trilane:{a:b}:3"), Some(channel));
        assert_eq!(Names::channel("other"), None);
    }
}
