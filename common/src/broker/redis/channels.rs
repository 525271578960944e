//! The channels that this process follows, and which of them make room for new ones.

use super::{
    followed::Followed,
    script::{History, Known, News},
};
use crate::{
    broker::BrokerError,
    hub::{Hub, WeakHub},
    message::{ChannelName, Cursor},
};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// A channel that nobody reads or asks for is followed for so long; coming back costs one question.
const IDLE: Duration = Duration::from_secs(60);
/// How often all channels are looked at for readers who have left.
const LOOK: Duration = Duration::from_secs(10);
/// The same while there is no room for a new one.
const LOOK_FOR_ROOM: Duration = Duration::from_millis(100);

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
    /// Tells it from every other one.
    pub(super) number: u64,
    /// The last message of every hub that has the channel.
    pub(super) last: Option<Known>,
    /// Whether a hub needs everything, and not just what comes after that.
    pub(super) all: bool,
}

/// The answer to a question, or why there is none.
pub(super) type Answered = oneshot::Receiver<Result<(), BrokerError>>;

/// How a reader's channel stands.
pub(super) enum Opening {
    Open,
    Wait {
        then: Then,
        answered: Answered,
        /// What is followed no more to make room.
        evicted: Option<ChannelName>,
    },
}

pub(super) struct Channels {
    hubs: Vec<WeakHub>,
    followed: HashMap<ChannelName, Followed>,
    most: usize,
    /// Those that nobody was found to read, from the least recently used on, and since when.
    idle: VecDeque<(Instant, ChannelName)>,
    /// When all channels were last looked at for readers, and how long that took.
    looked: (Instant, Duration),
    questions: u64,
}

impl Channels {
    /// At most so many, of which `main` is one: the document's endpoints must find theirs.
    pub(super) fn new(most: usize) -> Self {
        let followed = HashMap::from([(ChannelName::main(), Followed::new(None))]);
        let looked = (Instant::now(), Duration::ZERO);
        Self {
            hubs: Vec::new(),
            followed,
            most,
            idle: VecDeque::new(),
            looked,
            questions: 0,
        }
    }

    /// Takes a hub in; it needs all that each channel holds. Says which channels Redis is to be asked for.
    pub(super) fn attach(&mut self, hub: &Hub) -> Vec<ChannelName> {
        self.hubs.push(hub.downgrade());
        self.followed
            .values_mut()
            .for_each(|followed| followed.all = true);
        self.want_all()
    }

    /// A new connection, on which every channel is to be asked for.
    pub(super) fn begin(&mut self) -> Vec<ChannelName> {
        self.followed.values_mut().for_each(Followed::begin);
        self.followed.keys().cloned().collect()
    }

    /// The channels that Redis is to be asked for so that nothing is in doubt.
    pub(super) fn want_all(&mut self) -> Vec<ChannelName> {
        let wanted = self.followed.iter_mut().filter_map(|(channel, followed)| {
            let then = followed.want();
            (then == Then::Ask).then(|| channel.clone())
        });
        wanted.collect()
    }

    /// Whether a channel is open for a reader with this cursor, or will be.
    pub(super) fn open(
        &mut self,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<Opening, BrokerError> {
        let is_new = !self.followed.contains_key(channel);
        let evicted = if is_new { self.make_room()? } else { None };
        let now = Instant::now();
        if is_new {
            self.idle.push_back((now, channel.clone()));
        }
        let followed = self
            .followed
            .entry(channel.clone())
            .or_insert_with(|| Followed::new(Some(now)));
        followed.used = now;
        if !followed.must_wait(after) {
            return Ok(Opening::Open);
        }
        let (answer, answered) = oneshot::channel();
        followed.wait(answer);
        let then = followed.want_for();
        Ok(Opening::Wait {
            then,
            answered,
            evicted,
        })
    }

    /// What Redis is to be asked about a channel, if that is still due.
    pub(super) fn ask(&mut self, channel: &ChannelName) -> Option<Question> {
        self.questions += 1;
        self.followed.get_mut(channel)?.ask(self.questions)
    }

    /// Takes what Redis tells its followers.
    pub(super) fn take(&mut self, channel: &ChannelName, news: News) -> Then {
        let Some(followed) = self.followed.get_mut(channel) else {
            return Then::Nothing;
        };
        match news {
            News::Message(message) => followed.take(channel, message, &self.hubs),
            News::Restarted => followed.want(),
        }
    }

    /// Takes the answer to a question.
    pub(super) fn fill(
        &mut self,
        channel: &ChannelName,
        question: Question,
        history: &History,
    ) -> Then {
        let Some(followed) = self.followed.get_mut(channel) else {
            return Then::Nothing;
        };
        followed.fill(channel, question, history, &self.hubs)
    }

    /// Redis cannot answer this question, or, without one, let the channel be followed. Says whether to follow it no more.
    pub(super) fn fail(
        &mut self,
        channel: &ChannelName,
        question: Option<Question>,
        error: &BrokerError,
    ) -> bool {
        let number = question.map(|question| question.number);
        let is_unknown = self
            .followed
            .get_mut(channel)
            .is_some_and(|followed| followed.fail(number, error));
        let forget = is_unknown && *channel != ChannelName::main();
        if forget {
            self.followed.remove(channel);
        }
        forget
    }

    /// Forgets the channels that nobody used for long, and the hubs that are gone.
    pub(super) fn sweep(&mut self) -> Vec<ChannelName> {
        self.hubs.retain(|hub| hub.upgrade().is_some());
        self.look(LOOK);
        let is_old = |(since, _): &(Instant, ChannelName)| since.elapsed() >= IDLE;
        let mut forgotten = Vec::new();
        while self.idle.front().is_some_and(is_old) {
            forgotten.extend(self.evict_first());
        }
        forgotten
    }

    /// Whether it is followed.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.followed.contains_key(channel)
    }

    /// The channels that somebody reads.
    pub(super) fn read(&self) -> Vec<ChannelName> {
        self.followed
            .keys()
            .filter(|channel| self.is_read(channel))
            .cloned()
            .collect()
    }

    /// Whether somebody reads this one.
    pub(super) fn is_read(&self, channel: &ChannelName) -> bool {
        let opened = self
            .hubs
            .iter()
            .filter_map(|hub| hub.upgrade()?.channel(channel));
        opened.into_iter().any(|channel| channel.is_leased())
    }

    /// Takes about the same time however many channels there are, whether there is room or not.
    fn make_room(&mut self) -> Result<Option<ChannelName>, BrokerError> {
        let limit = self.most;
        if self.followed.len() < limit {
            return Ok(None);
        }
        if let Some(evicted) = self.evict() {
            return Ok(Some(evicted));
        }
        self.look(LOOK_FOR_ROOM);
        self.evict()
            .map(Some)
            .ok_or(BrokerError::TooManyChannels { limit })
    }

    /// Forgets the least recently used channel that nobody reads.
    fn evict(&mut self) -> Option<ChannelName> {
        while !self.idle.is_empty() {
            let evicted = self.evict_first();
            if evicted.is_some() {
                return evicted;
            }
        }
        None
    }

    /// Forgets the first candidate, unless it was used since, or somebody reads it.
    fn evict_first(&mut self) -> Option<ChannelName> {
        let (since, channel) = self.idle.pop_front()?;
        let followed = self
            .followed
            .get_mut(&channel)
            .filter(|followed| followed.idle == Some(since))?;
        if followed.used > since {
            followed.idle = Some(followed.used);
            self.idle.push_back((followed.used, channel));
            return None;
        }
        if followed.is_awaited() {
            followed.idle = None;
            return None;
        }
        let hubs: Vec<_> = self.hubs.iter().filter_map(WeakHub::upgrade).collect();
        let open = hubs
            .iter()
            .filter(|hub| !hub.close_unused(&channel))
            .count();
        if open > 0 {
            // One that has closed it needs everything when it is used again.
            followed.all |= open < hubs.len();
            followed.idle = None;
            return None;
        }
        self.followed.remove(&channel);
        Some(channel)
    }

    /// Finds the channels whose readers have left, at most once in this time, and for a small part of all time.
    fn look(&mut self, at_most_every: Duration) {
        let (looked, took) = self.looked;
        if looked.elapsed() < at_most_every.max(took.saturating_mul(50)) {
            return;
        }
        let now = Instant::now();
        let hubs: Vec<_> = self.hubs.iter().filter_map(WeakHub::upgrade).collect();
        let is_read = |channel: &ChannelName| {
            hubs.iter().any(|hub| {
                hub.channel(channel)
                    .is_some_and(|channel| channel.is_leased())
            })
        };
        for (channel, followed) in self
            .followed
            .iter_mut()
            .filter(|(_, followed)| followed.idle.is_none())
        {
            if *channel != ChannelName::main() && !is_read(channel) {
                followed.idle = Some(now);
                self.idle.push_back((now, channel.clone()));
            }
        }
        self.looked = (now, now.elapsed());
    }
}
