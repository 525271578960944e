//! What is asked of Redis, in the words of three scripts and a probe. Each runs there as one step that nothing interrupts.

use super::{accounts::Entry, channels::Question, names::Names};
use crate::{
    broker::{Publication, PublishAck},
    history::Retention,
    message::{ChannelName, Message, MessageId},
};
use redis::{ErrorKind, Pipeline, RedisError, RedisResult, Script, ScriptInvocation};

/// How long a repeated key gets the first result, in milliseconds.
const KEYS_KEPT: u64 = 5 * 60 * 1000;
/// How much longer than its messages a channel is kept that nobody uses, in milliseconds.
const SPARE: u64 = 60 * 60 * 1000;
/// The longest time for which a channel is kept that nobody uses, in milliseconds: ten years, for Redis refuses far more.
const LONGEST: u64 = 10 * 365 * 24 * 60 * 60 * 1000;

/// How long a channel without messages is kept that nobody follows, in milliseconds.
const EMPTY_KEPT: u64 = 10 * 60 * 1000;
/// For how long a channel that is read counts as used, in milliseconds: longer than until that is said again.
const READ_COUNTS: u64 = 10 * 60 * 1000;
/// How many bytes make a page of a history: enough to be few, small enough to come in time over a slow link.
const PAGE: usize = 128 * 1024;

/// The scripts, and the settings they are given.
pub(super) struct Scripts {
    pub(super) append: Script,
    pub(super) history: Script,
    pub(super) account: Script,
    names: Names,
    retention: Retention,
}

/// A message that is known, by what tells it from another of the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) id: MessageId,
    pub(super) time: u64,
}

/// What a channel holds: its newest id and messages; of a whole history those that lead up to it.
#[derive(Debug)]
pub(super) struct History {
    pub(super) head: MessageId,
    pub(super) messages: Vec<Message>,
}

/// What followers are told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The next message.
    Message(Message),
    /// The channel has another history now.
    Restarted,
}

/// The reply of the history script: the head, and entries as Redis gives them.
pub(super) type Reply = (String, Vec<(String, (String, String, String, String))>);

impl Scripts {
    pub(super) fn new(names: Names, retention: Retention) -> Self {
        let append = Script::new(concat!(
            include_str!("channel.lua"),
            include_str!("append.lua")
        ));
        let history = Script::new(concat!(
            include_str!("channel.lua"),
            include_str!("history.lua")
        ));
        let account = Script::new(include_str!("account.lua"));
        Self {
            append,
            history,
            account,
            names,
            retention,
        }
    }

    pub(super) fn topic(&self, channel: &ChannelName) -> String {
        self.names.topic(channel)
    }

    /// Asks for the time, and whether a message would be taken, by a write that changes nothing: the key would have to be
    /// there.
    pub(super) fn probe(&self) -> Pipeline {
        let mut pipe = redis::pipe();
        pipe.cmd("TIME")
            .cmd("SET")
            .arg(self.names.probe())
            .arg("")
            .arg("XX")
            .ignore();
        pipe
    }

    /// Publishes in this life of Redis; the reply is for [`accepted`].
    pub(super) fn append(&self, life: &str, publication: &Publication) -> ScriptInvocation<'_> {
        let Publication {
            channel, body, key, ..
        } = publication;
        let mut call = self.on(&self.append, life, channel, 0);
        if let Some(key) = key {
            call.key(self.names.key(channel, key));
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
            .arg(KEYS_KEPT);
        call
    }

    /// Asks for a page of what a channel holds, in this life of Redis; the reply is for [`held`].
    pub(super) fn history(
        &self,
        life: &str,
        channel: &ChannelName,
        question: Question,
    ) -> ScriptInvocation<'_> {
        let mut call = self.on(
            &self.history,
            life,
            channel,
            question.last.map_or(0, |known| known.id.epoch),
        );
        call.arg(self.ttl())
            .arg(self.ttl().min(EMPTY_KEPT))
            .arg(PAGE)
            .arg(if question.all { "all" } else { "" });
        if let Some(Known { id, time }) = question.last {
            call.arg(id.offset).arg(time);
        }
        call
    }

    /// Adds to the account of memory, of which all channels together may take `total` bytes; the reply is a list of channels
    /// for [`Scripts::forget`].
    pub(super) fn account(&self, total: u64, entries: &[Entry]) -> ScriptInvocation<'_> {
        let mut call = self.account.prepare_invoke();
        call.key(self.names.sizes())
            .key(self.names.used())
            .arg(total)
            .arg(self.ttl())
            .arg(READ_COUNTS);
        for (channel, size) in entries {
            call.arg(channel.as_str())
                .arg(size.map_or(String::new(), |size| size.to_string()));
        }
        call
    }

    /// Forgets the messages of these channels. Each keeps its newest id for a while: readers that have it have lost nothing.
    pub(super) fn forget(&self, channels: &[ChannelName]) -> Pipeline {
        let mut pipe = redis::pipe();
        for channel in channels {
            let head = self.names.head(channel);
            pipe.cmd("UNLINK").arg(self.names.log(channel)).ignore();
            pipe.cmd("HDEL").arg(&head).arg("bytes").ignore();
            pipe.cmd("PEXPIRE").arg(&head).arg(EMPTY_KEPT).ignore();
        }
        pipe
    }

    /// The keys of a channel, to be named to an operator.
    pub(super) fn keys(&self, channel: &ChannelName) -> String {
        format!(
            "{} and {}",
            self.names.head(channel),
            self.names.log(channel)
        )
    }

    fn on<'a>(
        &self,
        script: &'a Script,
        life: &str,
        channel: &ChannelName,
        known_epoch: u64,
    ) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(self.names.head(channel))
            .key(self.names.log(channel));
        call.arg(self.topic(channel)).arg(life).arg(known_epoch);
        call
    }

    fn ttl(&self) -> u64 {
        self.retention.age.saturating_add(SPARE).min(LONGEST)
    }
}

/// Reads `ID TIME`, and `SIZE` behind it if the message is new: how much memory its channel takes.
pub(super) fn accepted(reply: &str) -> RedisResult<(PublishAck, Option<u64>)> {
    let (id, rest) = reply.split_once(' ').ok_or_else(|| strange(reply))?;
    let (time, size) = rest
        .split_once(' ')
        .map_or((rest, None), |(time, size)| (time, Some(size)));
    Ok((
        PublishAck {
            id: parse(id)?,
            time: parse(time)?,
        },
        size.map(parse).transpose()?,
    ))
}

/// Reads what followers are told: `ID TIME BODY`, or just an id.
pub(super) fn news(channel: &ChannelName, payload: &str) -> RedisResult<News> {
    let Some((id, rest)) = payload.split_once(' ') else {
        return parse::<MessageId>(payload).map(|_| News::Restarted);
    };
    let (time, body) = rest.split_once(' ').ok_or_else(|| strange(payload))?;
    Ok(News::Message(Message::new(
        parse(id)?,
        channel,
        body,
        parse(time)?,
    )))
}

/// Reads what a channel holds.
pub(super) fn held(channel: &ChannelName, (head, entries): Reply) -> RedisResult<History> {
    let message = |(id, (_, time, _, body)): (String, (String, String, String, String))| {
        Ok(Message::new(parse(&id)?, channel, &body, parse(&time)?))
    };
    let messages = entries
        .into_iter()
        .map(message)
        .collect::<RedisResult<_>>()?;
    Ok(History {
        head: parse(&head)?,
        messages,
    })
}

fn parse<T: std::str::FromStr>(text: &str) -> RedisResult<T> {
    text.parse().map_err(|_| strange(text))
}

fn strange(reply: &str) -> RedisError {
    let start: String = reply.chars().take(60).collect();
    (
        ErrorKind::UnexpectedReturnType,
        "not what these scripts say",
        start,
    )
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MessageId = MessageId {
        epoch: 7,
        offset: 3,
    };

    #[test]
    fn what_is_told_is_pinned() {
        let main = ChannelName::main();
        let message = Message::new(ID, &main, "{\"a\": 1}", 12);
        assert_eq!(
            news(&main, "7-3 12 {\"a\": 1}").unwrap(),
            News::Message(message.clone())
        );
        assert_eq!(news(&main, "7-3").unwrap(), News::Restarted);
        assert_eq!(
            accepted("7-3 12").unwrap(),
            (PublishAck { id: ID, time: 12 }, None)
        );
        assert_eq!(
            accepted("7-3 12 99").unwrap(),
            (PublishAck { id: ID, time: 12 }, Some(99))
        );
        let entry = (
            "7-3".into(),
            ("t".into(), "12".into(), "b".into(), "{\"a\": 1}".into()),
        );
        let History { head, messages } = held(&main, ("7-3".into(), vec![entry])).unwrap();
        assert_eq!((head, messages), (ID, vec![message]));
    }

    #[test]
    fn what_others_say_is_an_error() {
        for payload in ["", "hello", "7-3 x 1", "7-3 12", "x 12 1"] {
            assert!(news(&ChannelName::main(), payload).is_err(), "{payload:?}");
        }
        assert!(accepted("7-3").is_err() && accepted("7 3").is_err());
    }
}
