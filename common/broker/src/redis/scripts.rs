//! The scripts that run in Redis, each as one atomic step, and a probe.

use super::{
    keys::Keys, load_queue::BATCH, load_state::LoadRequest, memory_usage::UsageEntry,
    replies::KnownMessage,
};
use crate::Publication;
use common::{history::Retention, message::ChannelName};
use redis::{Pipeline, Script, ScriptInvocation};

/// How long a repeated idempotency key gets the first result, in milliseconds.
const KEY_TTL: u64 = 5 * 60 * 1000;
/// How long an unused channel outlives its messages, in milliseconds.
const SPARE: u64 = 60 * 60 * 1000;
/// The longest time to live of an unused channel, in milliseconds: ten years. Redis refuses much
/// longer ones.
const MAX_TTL: u64 = 10 * 365 * 24 * 60 * 60 * 1000;

/// The time to live of an unused channel without messages, in milliseconds.
const EMPTY_TTL: u64 = 10 * 60 * 1000;
/// How long a channel that is read counts as used, in milliseconds. It is reported again before
/// that.
const READ_TTL: u64 = 10 * 60 * 1000;
/// The approximate size of a page of a history, in bytes: small enough to arrive in time over a
/// slow link.
const PAGE_BYTES: usize = 128 * 1024;
/// The most bytes of the first page of a channel that is loaded with others: together they take as
/// much as one page.
const FIRST_PAGE_BYTES: usize = PAGE_BYTES / BATCH;

/// The digest of no script.
const UNKNOWN_SCRIPT: &str = "0000000000000000000000000000000000000000";

/// How much of a history is loaded at once.
#[derive(Clone, Copy)]
pub(super) enum PageSize {
    /// What fits beside the pages of other channels, perhaps nothing.
    First,
    /// At least one message.
    Full,
}

/// The scripts and their settings.
pub(super) struct Scripts {
    pub(super) append: Script,
    pub(super) history: Script,
    pub(super) account: Script,
    keys: Keys,
    retention: Retention,
}

impl Scripts {
    /// Creates the scripts. For a cluster they publish only to the node that has the channel.
    pub(super) fn new(keys: Keys, retention: Retention, is_cluster: bool) -> Self {
        let about_channel = |script: &str| {
            let script = format!("{}{script}", include_str!("channel.lua"));
            Script::new(&if is_cluster {
                script.replace("'PUBLISH'", "'SPUBLISH'")
            } else {
                script
            })
        };
        let append = about_channel(include_str!("append.lua"));
        let history = about_channel(include_str!("history.lua"));
        let account = Script::new(include_str!("account.lua"));
        Self {
            append,
            history,
            account,
            keys,
            retention,
        }
    }

    /// Returns the pub/sub name of a channel.
    pub(super) fn pubsub(&self, channel: &ChannelName) -> String {
        self.keys.pubsub(channel)
    }

    /// Reads the clock, and checks whether Redis takes writes with one that changes nothing: `SET …
    /// XX` of a key that never exists, with this hash tag if there is one.
    pub(super) fn probe(&self, tag: Option<&str>) -> Pipeline {
        let mut pipe = redis::pipe();
        pipe.cmd("TIME")
            .cmd("SET")
            .arg(self.keys.probe(tag))
            .arg("")
            .arg("XX")
            .ignore();
        pipe
    }

    /// Runs the commands of a session and of its scripts in a way that leaves nothing, on a key that
    /// exists only between two of them, with this hash tag if there is one.
    pub(super) fn harmless(&self, tag: Option<&str>) -> Pipeline {
        let publish = tag.map_or("PUBLISH", |_| "SPUBLISH");
        let key = self.keys.probe(tag);
        let mut pipe = redis::pipe();
        pipe.cmd("EVALSHA").arg(UNKNOWN_SCRIPT).arg(0);
        for (command, arguments) in [
            ("HSET", &["f", ""][..]),
            ("HMGET", &["f"]),
            ("HGET", &["f"]),
            ("HDEL", &["f"]),
            ("XADD", &["NOMKSTREAM", "1-1", "f", "v"]),
            ("XLEN", &[]),
            ("XRANGE", &["-", "+"]),
            ("XREVRANGE", &["+", "-"]),
            ("XTRIM", &["MAXLEN", "0"]),
            ("PEXPIRE", &["1"]),
            ("DEL", &[]),
            ("GET", &[]),
            (publish, &[""]),
        ] {
            pipe.cmd(command).arg(&key).arg(arguments);
        }
        pipe
    }

    /// Publishes a message. The reply is for [`super::replies::parse_ack`].
    pub(super) fn append(
        &self,
        incarnation: &str,
        publication: &Publication,
    ) -> ScriptInvocation<'_> {
        let Publication {
            channel,
            body,
            attributes,
            key,
        } = publication;
        let mut call = self.call(&self.append, incarnation, channel, 0);
        if let Some(key) = key {
            call.key(self.keys.idempotency(channel, key));
        }
        let Retention {
            messages,
            bytes,
            age,
        } = self.retention;
        call.arg(body)
            .arg(messages)
            .arg(bytes)
            .arg(age)
            .arg(self.ttl())
            .arg(KEY_TTL)
            .arg(attributes.to_string());
        call
    }

    /// Loads a page of a channel's history. The reply is for [`super::replies::parse_history`].
    pub(super) fn history(
        &self,
        incarnation: &str,
        channel: &ChannelName,
        request: LoadRequest,
        size: PageSize,
    ) -> ScriptInvocation<'_> {
        let (bytes, fit) = match size {
            PageSize::First => (FIRST_PAGE_BYTES, "fit"),
            PageSize::Full => (PAGE_BYTES, ""),
        };
        let known_epoch = request.last.map_or(0, |known| known.id.epoch);
        let mut call = self.call(&self.history, incarnation, channel, known_epoch);
        call.arg(self.ttl())
            .arg(self.ttl().min(EMPTY_TTL))
            .arg(bytes)
            .arg(fit)
            .arg(if request.all { "all" } else { "" });
        if let Some(KnownMessage { id, time }) = request.last {
            call.arg(id.offset).arg(time);
        }
        call
    }

    /// Records the memory that channels take. The reply is the list of channels to give to
    /// [`Scripts::forget`], so that all together take at most `max_bytes`.
    pub(super) fn account(&self, max_bytes: u64, entries: &[UsageEntry]) -> ScriptInvocation<'_> {
        let mut call = self.account.prepare_invoke();
        call.key(self.keys.sizes())
            .key(self.keys.used())
            .arg(max_bytes)
            .arg(self.ttl())
            .arg(READ_TTL);
        for (channel, size) in entries {
            call.arg(channel.as_str())
                .arg(size.map_or(String::new(), |size| size.to_string()));
        }
        call
    }

    /// Deletes the messages of these channels. Each keeps its latest id for a while: clients that
    /// have it have lost nothing.
    pub(super) fn forget(&self, channels: &[ChannelName]) -> Pipeline {
        let mut pipe = redis::pipe();
        for channel in channels {
            let head = self.keys.head(channel);
            pipe.cmd("UNLINK").arg(self.keys.log(channel)).ignore();
            pipe.cmd("HDEL").arg(&head).arg("bytes").ignore();
            pipe.cmd("PEXPIRE").arg(&head).arg(EMPTY_TTL).ignore();
        }
        pipe
    }

    /// Returns the keys of a channel, for an operator.
    pub(super) fn keys_of(&self, channel: &ChannelName) -> String {
        format!("{} and {}", self.keys.head(channel), self.keys.log(channel))
    }

    fn call<'a>(
        &self,
        script: &'a Script,
        incarnation: &str,
        channel: &ChannelName,
        known_epoch: u64,
    ) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(self.keys.head(channel))
            .key(self.keys.log(channel));
        call.arg(self.pubsub(channel))
            .arg(incarnation)
            .arg(known_epoch);
        call
    }

    fn ttl(&self) -> u64 {
        self.retention.age.saturating_add(SPARE).min(MAX_TTL)
    }
}
