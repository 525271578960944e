//! The channels that this process follows, and how far its hubs have come in each.

use super::script::{History, Known, News};
use crate::{
    broker::BrokerError,
    hub::{Hub, WeakHub},
    message::{After, Channel, Id, Message},
};
use std::{
    collections::HashMap,
    mem,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// A channel that nobody reads or asks for is followed for so long; coming back costs one question.
const IDLE: Duration = Duration::from_secs(60);

/// What a caller has to do about a channel.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Then {
    Nothing,
    /// Ask Redis what it holds, and give the answer to [`Channels::fill`].
    Ask,
}

/// What Redis is asked about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The last message of every hub that has the channel.
    pub(super) last: Option<Known>,
    /// Whether a hub needs everything, and not just what comes after that.
    pub(super) all: bool,
}

/// How a reader's channel stands.
pub(super) enum Opening {
    Open,
    /// Ask, and wait for the answer.
    Ask(oneshot::Receiver<()>),
    /// Wait for the answer to what was asked already.
    Wait(oneshot::Receiver<()>),
}

pub(super) struct Channels {
    hubs: Vec<WeakHub>,
    followed: HashMap<Channel, Followed>,
    most: usize,
}

struct Followed {
    question: Question,
    /// What came while Redis is being asked; none while it is not.
    early: Option<Vec<Message>>,
    used: Instant,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Channels {
    /// At most so many, of which `main` is one: the document's endpoints must find theirs.
    pub(super) fn new(most: usize) -> Self {
        let followed = HashMap::from([(Channel::main(), Followed::new())]);
        Self { hubs: Vec::new(), followed, most }
    }

    /// Takes a hub in; it needs all that each channel holds.
    pub(super) fn attach(&mut self, hub: &Hub) {
        self.hubs.push(hub.downgrade());
        self.followed.values_mut().for_each(|followed| followed.question.all = true);
    }

    /// The channels that are followed.
    pub(super) fn names(&self) -> Vec<Channel> {
        self.followed.keys().cloned().collect()
    }

    /// Whether a channel is open for a reader with this cursor, or will be. What is behind our newest message is for the log to
    /// judge; what is ahead of it may be known to others.
    pub(super) fn open(&mut self, channel: &Channel, after: After) -> Result<Opening, BrokerError> {
        let is_new = !self.followed.contains_key(channel);
        if is_new {
            self.make_room()?;
        }
        let followed = self.followed.entry(channel.clone()).or_insert_with(Followed::new);
        followed.used = Instant::now();
        let Question { last, all } = followed.question;
        if !all && !matches!(after, After::Id(cursor) if last.is_none_or(|last| cursor > last.id)) {
            return Ok(Opening::Open);
        }
        let (answered, wait) = oneshot::channel();
        followed.waiting.retain(|waiting| !waiting.is_closed());
        followed.waiting.push(answered);
        Ok(if is_new || !all { Opening::Ask(wait) } else { Opening::Wait(wait) })
    }

    /// What Redis is to be asked about a channel; what comes until the answer is kept for afterwards.
    pub(super) fn ask(&mut self, channel: &Channel) -> Option<Question> {
        let followed = self.followed.get_mut(channel)?;
        followed.early.get_or_insert_default();
        Some(followed.question)
    }

    /// Takes what Redis tells its followers.
    pub(super) fn take(&mut self, channel: &Channel, news: News) -> Then {
        let Some(followed) = self.followed.get_mut(channel) else { return Then::Nothing };
        match (news, &mut followed.early) {
            (News::Message(message), Some(early)) => {
                early.push(message);
                Then::Nothing
            }
            (News::Message(message), None) => followed.advance(channel, vec![message], &self.hubs),
            (News::Restarted, early) => {
                early.get_or_insert_default();
                Then::Ask
            }
        }
    }

    /// Takes the answer to a question.
    pub(super) fn fill(&mut self, channel: &Channel, question: Question, history: History) -> Then {
        let Some(followed) = self.followed.get_mut(channel) else { return Then::Nothing };
        if followed.question != question {
            // A hub came meanwhile, and needs more than this.
            return Then::Ask;
        }
        let History { head, messages } = history;
        self.hubs.iter().filter_map(WeakHub::upgrade).for_each(|hub| bring_up(&hub, channel, head, &messages));
        let newest = messages.last().map(|newest| Known { id: newest.id, time: newest.time }).or(question.last);
        let last = newest.filter(|known| known.id == head).unwrap_or(Known { id: head, time: 0 });
        followed.question = Question { last: Some(last), all: false };
        mem::take(&mut followed.waiting).into_iter().for_each(|answered| answered.send(()).unwrap_or(()));
        let mut early = followed.early.take().unwrap_or_default();
        // Also what belongs to a history that is no more: to ask for it would go on for ever.
        early.retain(|message| message.id > head);
        followed.advance(channel, early, &self.hubs)
    }

    /// Forgets the channels that nobody used for long, and the hubs that are gone.
    pub(super) fn sweep(&mut self) -> Vec<Channel> {
        self.hubs.retain(|hub| hub.upgrade().is_some());
        let hubs: Vec<_> = self.hubs.iter().filter_map(WeakHub::upgrade).collect();
        let is_idle = |(channel, followed): &(&Channel, &Followed)| followed.is_idle(channel, &hubs);
        let idle: Vec<_> = self.followed.iter().filter(is_idle).map(|(channel, _)| channel.clone()).collect();
        for channel in &idle {
            self.followed.remove(channel);
            hubs.iter().for_each(|hub| hub.close(channel));
        }
        idle
    }

    /// Whether it is followed.
    pub(super) fn has(&self, channel: &Channel) -> bool {
        self.followed.contains_key(channel)
    }

    fn make_room(&self) -> Result<(), BrokerError> {
        let limit = self.most;
        // The sweep, which comes every second, has forgotten all that can be.
        if self.followed.len() < limit { Ok(()) } else { Err(BrokerError::TooManyChannels { limit }) }
    }
}

impl Followed {
    fn new() -> Self {
        let question = Question { last: None, all: true };
        Self { question, early: Some(Vec::new()), used: Instant::now(), waiting: Vec::new() }
    }

    /// Hands every hub what comes next. What it has already is passed over; after a gap Redis is to be asked.
    fn advance(&mut self, channel: &Channel, messages: Vec<Message>, hubs: &[WeakHub]) -> Then {
        let mut rest = messages.into_iter();
        while let Some(message) = rest.next() {
            let last = self.question.last.map(|known| known.id);
            if last.is_some_and(|last| last.epoch == message.id.epoch && message.id <= last) {
                continue;
            }
            let id = message.id;
            if last.map(Id::next) != Some(id) || !deliver(channel, &message, hubs) {
                self.early = Some([message].into_iter().chain(rest).collect());
                return Then::Ask;
            }
            self.question.last = Some(Known { id, time: message.time });
        }
        Then::Nothing
    }

    fn is_idle(&self, channel: &Channel, hubs: &[Hub]) -> bool {
        let is_read = |hub: &Hub| hub.feed(channel).is_some_and(|feed| feed.is_read());
        self.used.elapsed() >= IDLE && *channel != Channel::main() && !hubs.iter().any(is_read)
    }
}

fn deliver(channel: &Channel, message: &Message, hubs: &[WeakHub]) -> bool {
    // Every one gets it, also behind one that misses something.
    let missed = hubs.iter().filter_map(WeakHub::upgrade).filter(|hub| hub.deliver(channel, message.clone()).is_err());
    missed.count() == 0
}

/// Gives a hub what it lacks: the messages after its newest one, or another history if they do not continue it.
fn bring_up(hub: &Hub, channel: &Channel, head: Id, messages: &[Message]) {
    let Some(feed) = hub.feed(channel) else { return hub.open(channel, head, messages.to_vec()) };
    let has = feed.head();
    if has == head {
        return;
    }
    match messages.iter().position(|message| message.id == has.next()) {
        Some(at) if messages[at..].iter().all(|message| hub.deliver(channel, message.clone()).is_ok()) => {}
        _ => hub.restart(channel, head, messages.to_vec()),
    }
}
