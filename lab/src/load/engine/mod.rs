//! The loop: readers, publishers and the clock on one thread. What is done with it is in `actions`.

mod actions;

use super::{
    clock,
    counters::Counters,
    pace::Pace,
    publisher::{FIRST_TOKEN, Publishers, Via},
    reader::{Books, Reader},
    stamp::Stamp,
    target::Target,
};
use mio::{Events, Poll, Registry, Token, event::Event};
use std::{io, net::SocketAddr, time::Duration};

/// Events taken at a time.
const EVENTS: usize = 1024;
/// Read at a time: what many messages need that left in one write.
const BUFFER: usize = 64 * 1024;

/// Whom readers and publishers connect to.
pub(super) struct Place {
    pub(super) registry: Registry,
    pub(super) target: Target,
    pub(super) address: SocketAddr,
    /// Where messages are posted: another way to the same server, if only readers are to go through a link.
    pub(super) publish_address: SocketAddr,
    /// Whether a poll that was answered is followed by another.
    pub(super) polls_on: bool,
}

pub(crate) struct Engine {
    poll: Poll,
    events: Events,
    buffer: Box<[u8]>,
    place: Place,
    readers: Vec<Reader>,
    publishers: Publishers,
    counters: Counters,
    /// Messages given to publishers since the beginning.
    published: u64,
    refused: u64,
    /// The number of the first message whose arrivals are counted.
    first_counted: u64,
    /// What acknowledgements are for: the next message waits for them, not for arrivals.
    by_acknowledgement: bool,
    /// Time spent asking for events that were not there.
    spun: Duration,
    /// The first thing that went wrong.
    trouble: Option<String>,
}

impl Engine {
    /// A load without readers, whose messages have texts of `size` bytes.
    pub(crate) fn new(target: Target, size: usize) -> Result<Self, String> {
        Self::publishing(target, size, Via::Post).map_err(|error| error.to_string())
    }

    /// A load that publishes and waits for acknowledgements, not for readers.
    pub(crate) fn of_publishers(target: Target, size: usize, via: Via) -> Result<Self, String> {
        let engine = Self::publishing(target, size, via).map_err(|error| error.to_string())?;
        Ok(Self {
            by_acknowledgement: true,
            ..engine
        })
    }

    fn publishing(target: Target, size: usize, via: Via) -> io::Result<Self> {
        let poll = Poll::new()?;
        let address = target.read.resolve()?;
        let publish_address = target.publish.resolve()?;
        let place = Place {
            registry: poll.registry().try_clone()?,
            target,
            address,
            publish_address,
            polls_on: true,
        };
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS),
            buffer: vec![0; BUFFER].into(),
            place,
            readers: Vec::new(),
            publishers: Publishers::new(via, size),
            counters: Counters::default(),
            published: 0,
            refused: 0,
            first_counted: 0,
            by_acknowledgement: false,
            spun: Duration::ZERO,
            trouble: None,
        })
    }

    fn failed(&self, why: &dyn std::fmt::Display) -> String {
        format!("{}: {why}", self.place.target.read)
    }

    /// Publishes one message now.
    pub(crate) fn publish(&mut self, moment: Duration) -> Result<(), String> {
        let stamp = Stamp::new(self.published, moment);
        self.published += 1;
        self.counters.published += 1;
        self.publishers
            .publish(stamp, &self.place)
            .map_err(|error| self.failed(&error))
    }

    /// A new reader in this place, which is the next or one that is taken.
    fn open_at(&mut self, at: usize) -> Result<(), String> {
        let reader = Reader::open(&self.place, Token(at), self.published)
            .map_err(|error| self.failed(&error))?;
        match self.readers.get_mut(at) {
            Some(taken) => *taken = reader,
            None => self.readers.push(reader),
        }
        Ok(())
    }

    pub(crate) fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// The number of the next message.
    pub(crate) fn published(&self) -> u64 {
        self.published
    }

    /// What was counted since the last time.
    pub(crate) fn take_counters(&mut self) -> Counters {
        let counters = std::mem::take(&mut self.counters);
        self.refused += counters.refused;
        counters
    }

    /// What was counted so far; from now on only arrivals of messages that are not published yet are counted.
    pub(crate) fn count_anew(&mut self) -> Counters {
        self.first_counted = self.published;
        self.take_counters()
    }

    /// CPU time that this thread has used for the load, without asking in vain.
    pub(crate) fn cpu(&self) -> Duration {
        clock::thread_cpu().saturating_sub(self.spun)
    }

    /// The first thing that went wrong, if anything did.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Messages that readers have not got. What the server refused it owes nobody.
    fn lost(&self) -> u64 {
        let missed: u64 = self
            .readers
            .iter()
            .map(|reader| reader.seen.missed(self.published))
            .sum();
        missed.saturating_sub((self.refused + self.counters.refused) * self.readers.len() as u64)
    }

    fn publish_due(&mut self, pace: &mut Pace) -> Result<(), String> {
        while let Some(moment) = pace.take_due(clock::now()) {
            self.publish(moment)?;
        }
        Ok(())
    }

    /// Waits for events, and deals with all that there are.
    fn turn(&mut self, most: Duration, mut pace: Option<&mut Pace>) -> Result<(), String> {
        let began = clock::now();
        match self.poll.poll(&mut self.events, Some(most)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return Err(error.to_string());
            }
            _ => {}
        }
        if most.is_zero() && self.events.is_empty() {
            self.spun += clock::now() - began;
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let done = events
            .iter()
            .try_for_each(|event| self.deal_with(event, pace.as_deref_mut()));
        self.events = events;
        done
    }

    fn deal_with(&mut self, event: &Event, mut pace: Option<&mut Pace>) -> Result<(), String> {
        let Token(token) = event.token();
        match token.checked_sub(FIRST_TOKEN) {
            Some(lane) => self.publisher(lane, pace.as_deref_mut())?,
            None => self.reader(token, event.is_read_closed(), pace.as_deref_mut()),
        }
        pace.map_or(Ok(()), |pace| self.publish_due(pace))
    }

    fn publisher(&mut self, lane: usize, pace: Option<&mut Pace>) -> Result<(), String> {
        let Self {
            publishers,
            place,
            buffer,
            counters,
            ..
        } = self;
        let taken = publishers.turn(lane, place, buffer, counters)?;
        if let (true, Some(pace), Some(number)) = (self.by_acknowledgement, pace, taken) {
            pace.arrived(number);
        }
        Ok(())
    }

    fn reader(&mut self, at: usize, closed: bool, pace: Option<&mut Pace>) {
        let Self {
            readers,
            place,
            buffer,
            counters,
            first_counted,
            trouble,
            ..
        } = self;
        // An event of a reader that is no more.
        let Some(reader) = readers.get_mut(at) else {
            return;
        };
        let turned = reader.turn(
            (place, Token(at)),
            closed,
            buffer,
            &mut Books {
                counters,
                first_counted: *first_counted,
                pace,
            },
        );
        if !matches!(turned, Ok(true)) {
            reader.end();
            self.counters.ended += 1;
            trouble.get_or_insert_with(|| {
                turned
                    .err()
                    .unwrap_or_else(|| "the server ended a connection".to_owned())
            });
        }
    }
}
