//! The names of keys and pub/sub channels in Redis.

use common::message::ChannelName;

/// The names under one prefix, in one database. All keys of a channel have its name as their hash
/// tag, and so share a slot.
#[derive(Debug)]
pub(super) struct Keys {
    prefix: String,
    db: i64,
}

impl Keys {
    /// Creates the keys. `prefix` must not have braces.
    pub(super) fn new(prefix: String, db: i64) -> Self {
        Self { prefix, db }
    }

    /// Returns the key of a channel's hash.
    ///
    /// Its fields: `epoch`; `offset` and `time` of the latest message; `bytes` of all messages;
    /// `trimmed`, offset and time of the newest message that was trimmed; `life`, the incarnation
    /// of Redis in which the channel was last used.
    pub(super) fn head(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:head", self.prefix)
    }

    /// Returns the key of the stream of a channel's messages.
    pub(super) fn log(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:log", self.prefix)
    }

    /// Returns the key of an idempotency key's result.
    pub(super) fn idempotency(&self, channel: &ChannelName, key: &str) -> String {
        format!("{}{{{channel}}}:key:{key}", self.prefix)
    }

    /// Returns the key of the hash with the memory that each channel takes. Its hash tag is not a
    /// channel name.
    pub(super) fn sizes(&self) -> String {
        format!("{}{{*}}:sizes", self.prefix)
    }

    /// Returns the key of the sorted set with the time when each channel was last used.
    pub(super) fn used(&self) -> String {
        format!("{}{{*}}:used", self.prefix)
    }

    /// Returns a key that never exists, with this hash tag if there is one.
    pub(super) fn probe(&self, tag: Option<&str>) -> String {
        let tag = tag.map_or(String::new(), |tag| format!("{{{tag}}}:"));
        format!("{}{tag}probe", self.prefix)
    }

    /// Returns the pub/sub name of a channel. It contains the number of the database, since pub/sub
    /// ignores databases.
    pub(super) fn pubsub(&self, channel: &ChannelName) -> String {
        format!("{}{{{channel}}}:{}", self.prefix, self.db)
    }

    /// Returns the channel of a pub/sub name.
    pub(super) fn channel(pubsub: &str) -> Option<ChannelName> {
        let (_, tagged) = pubsub.split_once('{')?;
        ChannelName::parse(tagged.split_once('}')?.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pinned() {
        let keys = Keys::new("trilane:".into(), 3);
        let channel = ChannelName::parse("a:b").unwrap();
        assert_eq!(keys.head(&channel), "trilane:{a:b}:head");
        assert_eq!(keys.log(&channel), "trilane:{a:b}:log");
        assert_eq!(keys.idempotency(&channel, "k"), "trilane:{a:b}:key:k");
        assert_eq!(keys.pubsub(&channel), "trilane:{a:b}:3");
        assert_eq!(
            [keys.sizes(), keys.used()],
            ["trilane:{*}:sizes", "trilane:{*}:used"]
        );
        assert_eq!(keys.probe(None), "trilane:probe");
        assert_eq!(keys.probe(Some("7")), "trilane:{7}:probe");
        assert_eq!(Keys::channel("trilane:{a:b}:3"), Some(channel));
        assert_eq!(Keys::channel("other"), None);
    }
}
