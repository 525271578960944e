//! One channel that this process follows: how far it has come, what Redis was asked, and who waits for the answer.

use super::{
    channels::{Question, Then},
    script::{History, Known},
};
use crate::{
    broker::BrokerError,
    hub::{Hub, WeakHub},
    message::{ChannelName, Cursor, Message, MessageId},
};
use std::{collections::VecDeque, mem, time::Instant};
use tokio::sync::oneshot::Sender;

/// The most bytes of messages that wait for what comes before them; the newest is kept whatever its size.
pub(super) const EARLY: usize = 128 * 1024;

pub(super) struct Followed {
    /// The last message of every hub that has the channel.
    last: Option<Known>,
    /// Whether a hub needs everything, and not just what comes after that.
    pub(super) all: bool,
    /// Whether Redis was asked on the connection that is listened to. Until then a message that seems to be the next one
    /// may belong to another history.
    sure: bool,
    asked: Asked,
    early: Early,
    pub(super) used: Instant,
    /// Since when it is a candidate for making room; none while it is not.
    pub(super) idle: Option<Instant>,
    waiting: Vec<Sender<Result<(), BrokerError>>>,
}

/// Whether Redis is asked about the channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    /// The request is on its way.
    Due,
    /// The question of this number is out; perhaps what happened since needs another one.
    Out {
        number: u64,
        again: bool,
    },
}

/// Messages that came before what they continue. The oldest go first: what is missing is asked for anyway.
#[derive(Default)]
struct Early {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Followed {
    pub(super) fn new(idle: Option<Instant>) -> Self {
        Self {
            last: None,
            all: true,
            sure: false,
            asked: Asked::No,
            early: Early::default(),
            used: Instant::now(),
            idle,
            waiting: Vec::new(),
        }
    }

    /// Redis is to be asked; nothing to do if it is about to be.
    pub(super) fn want(&mut self) -> Then {
        match &mut self.asked {
            asked @ Asked::No => {
                *asked = Asked::Due;
                return Then::Ask;
            }
            Asked::Due => {}
            Asked::Out { again, .. } => *again = true,
        }
        Then::Nothing
    }

    /// The same for a reader with this cursor: if anything is known of the channel, what was asked already may be older.
    pub(super) fn want_for(&mut self) -> Then {
        if self.all && self.asked != Asked::No {
            Then::Nothing
        } else {
            self.want()
        }
    }

    /// A new connection: what was asked on the old one is not answered any more.
    pub(super) fn begin(&mut self) {
        (self.asked, self.sure) = (Asked::Due, false);
    }

    /// The question that is due.
    pub(super) fn ask(&mut self, number: u64) -> Option<Question> {
        (self.asked == Asked::Due).then(|| {
            self.asked = Asked::Out {
                number,
                again: false,
            }
        })?;
        Some(Question {
            number,
            last: self.last,
            all: self.all,
        })
    }

    /// Whether a reader with this cursor has to wait for an answer. What is behind our newest message is for the log to judge;
    /// what is ahead of it may be known to others.
    pub(super) fn must_wait(&self, after: Cursor) -> bool {
        self.all
            || matches!(after, Cursor::After(cursor) if self.last.is_none_or(|last| cursor > last.id))
    }

    /// Tells `sender` when Redis has answered, or that it cannot.
    pub(super) fn wait(&mut self, sender: Sender<Result<(), BrokerError>>) {
        self.waiting.retain(|waiting| !waiting.is_closed());
        self.waiting.push(sender);
    }

    /// Whether somebody waits for an answer.
    pub(super) fn is_awaited(&self) -> bool {
        self.waiting.iter().any(|waiting| !waiting.is_closed())
    }

    /// Takes a message of the channel. The next one is delivered at once, also while Redis is being asked.
    pub(super) fn take(
        &mut self,
        channel: &ChannelName,
        message: Message,
        hubs: &[WeakHub],
    ) -> Then {
        if self.all || !self.sure {
            self.early.push(message);
            return self.want();
        }
        self.advance(channel, [message].into(), hubs)
    }

    /// Takes the answer to a question.
    pub(super) fn fill(
        &mut self,
        channel: &ChannelName,
        question: Question,
        history: &History,
        hubs: &[WeakHub],
    ) -> Then {
        let Some(again) = self.answered(question.number) else {
            return Then::Nothing;
        };
        if self.all && !question.all {
            // A hub came meanwhile, and needs more than this.
            return self.want();
        }
        let History { head, messages } = history;
        hubs.iter()
            .filter_map(WeakHub::upgrade)
            .for_each(|hub| bring_up(&hub, channel, *head, messages));
        (self.all, self.sure) = (false, true);
        if self
            .last
            .is_none_or(|last| last.id.epoch != head.epoch || last.id < *head)
        {
            let newest = messages.last().filter(|newest| newest.id == *head);
            self.last = Some(Known {
                id: *head,
                time: newest.map_or(0, |newest| newest.time),
            });
        }
        self.tell_waiting(&Ok(()));
        let mut early = mem::take(&mut self.early).messages;
        // Also what belongs to a history that is no more: to ask for it would go on for ever.
        early.retain(|message| message.id > *head);
        let then = self.advance(channel, early, hubs);
        if again && then == Then::Nothing {
            self.want()
        } else {
            then
        }
    }

    /// Redis cannot answer this question. Says whether nothing at all is known of the channel.
    pub(super) fn fail(&mut self, number: Option<u64>, error: &BrokerError) -> bool {
        if number.is_some_and(|number| self.answered(number).is_none()) {
            return false;
        }
        self.asked = Asked::No;
        self.tell_waiting(&Err(error.clone()));
        self.last.is_none()
    }

    /// Notes that a question was answered: whether it is to be asked again; nothing if it is not the one that is out.
    fn answered(&mut self, number: u64) -> Option<bool> {
        match self.asked {
            Asked::Out { number: out, again } if out == number => {
                self.asked = Asked::No;
                Some(again)
            }
            _ => None,
        }
    }

    fn tell_waiting(&mut self, answer: &Result<(), BrokerError>) {
        mem::take(&mut self.waiting)
            .into_iter()
            .for_each(|waiting| waiting.send(answer.clone()).unwrap_or(()));
    }

    /// Hands every hub what comes next. What it has already is passed over; after a gap Redis is to be asked.
    fn advance(
        &mut self,
        channel: &ChannelName,
        messages: VecDeque<Message>,
        hubs: &[WeakHub],
    ) -> Then {
        let mut rest = messages.into_iter();
        while let Some(message) = rest.next() {
            let last = self.last.map(|known| known.id);
            if last.is_some_and(|last| last.epoch == message.id.epoch && message.id <= last) {
                continue;
            }
            let id = message.id;
            if last.map(MessageId::next) != Some(id) || !deliver(channel, &message, hubs) {
                [message]
                    .into_iter()
                    .chain(rest)
                    .for_each(|early| self.early.push(early));
                return self.want();
            }
            self.last = Some(Known {
                id,
                time: message.time,
            });
        }
        Then::Nothing
    }
}

impl Early {
    fn push(&mut self, message: Message) {
        self.bytes += message.json().len();
        self.messages.push_back(message);
        while self.bytes > EARLY && self.messages.len() > 1 {
            self.bytes -= self
                .messages
                .pop_front()
                .map_or(0, |oldest| oldest.json().len());
        }
    }
}

fn deliver(channel: &ChannelName, message: &Message, hubs: &[WeakHub]) -> bool {
    // Every one gets it, also behind one that misses something.
    let missed = hubs
        .iter()
        .filter_map(WeakHub::upgrade)
        .filter(|hub| hub.deliver(channel, message.clone()).is_err());
    missed.count() == 0
}

/// Gives a hub what it lacks: the messages after its newest one, or another history if they do not continue it. It may be
/// ahead: what was told since Redis answered is delivered already.
fn bring_up(hub: &Hub, channel: &ChannelName, head: MessageId, messages: &[Message]) {
    let Some(opened) = hub.channel(channel) else {
        return hub.open(channel, head, messages.to_vec());
    };
    let has = opened.latest();
    if has.epoch == head.epoch && has >= head {
        return;
    }
    match messages.iter().position(|message| message.id == has.next()) {
        Some(at)
            if messages[at..]
                .iter()
                .all(|message| hub.deliver(channel, message.clone()).is_ok()) => {}
        _ => hub.restart(channel, head, messages.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_history_is_bounded_by_bytes() {
        let (mut early, body) = (Early::default(), format!("{:?}", "x".repeat(1000)));
        for offset in 1..=1000 {
            early.push(Message::new(
                MessageId { epoch: 1, offset },
                &ChannelName::main(),
                &body,
                1,
            ));
        }
        let held: usize = early
            .messages
            .iter()
            .map(|message| message.json().len())
            .sum();
        assert!(held <= EARLY && held == early.bytes && held > EARLY / 2);
        assert_eq!(
            early.messages.back().map(|newest| newest.id.offset),
            Some(1000)
        );
    }
}
