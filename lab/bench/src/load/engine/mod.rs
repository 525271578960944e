//! The event loop: subscribers, publishers and the clock on one thread. Its uses are in `actions`.

mod actions;

pub(crate) use actions::LOST;

use super::{
    clock,
    counters::Counters,
    pace::Pace,
    publisher::{FIRST_TOKEN, Publishers, Via},
    reader::{Reader, Totals},
    stamp::Stamp,
    target::Target,
};
use anyhow::{Error, Result, anyhow};
use mio::{Events, Poll, Registry, Token, event::Event};
use std::{fmt, io, net::SocketAddr, time::Duration};

/// Events of one poll.
const EVENTS: usize = 1024;
/// Bytes of one read. Enough for many messages that were written at once.
const BUFFER: usize = 64 * 1024;

/// The server that subscribers and publishers connect to.
pub(super) struct Endpoints {
    pub(super) registry: Registry,
    pub(super) target: Target,
    pub(super) address: SocketAddr,
    /// Where messages are published: differs if only the subscribers' traffic passes a gate.
    pub(super) publish_address: SocketAddr,
    /// Whether a poll with a response is followed by another.
    pub(super) polls_on: bool,
}

pub(crate) struct Engine {
    poll: Poll,
    events: Events,
    buffer: Box<[u8]>,
    endpoints: Endpoints,
    readers: Vec<Reader>,
    publishers: Publishers,
    counters: Counters,
    /// Messages given to publishers so far.
    published: u64,
    refused: u64,
    /// Number of the first message whose arrivals count.
    first_counted: u64,
    /// Whether the pace waits for acknowledgements instead of arrivals.
    by_acknowledgement: bool,
    /// Time spent in polls that returned no events.
    spun: Duration,
    /// The first error.
    first_error: Option<String>,
}

impl Engine {
    /// Creates a load without subscribers, with message texts of `size` bytes.
    pub(crate) fn new(target: Target, size: usize) -> Result<Self> {
        Ok(Self::publishing(target, size, Via::Post)?)
    }

    /// Creates a load that publishes and waits for acknowledgements instead of arrivals.
    pub(crate) fn of_publishers(target: Target, size: usize, via: Via) -> Result<Self> {
        let engine = Self::publishing(target, size, via)?;
        Ok(Self {
            by_acknowledgement: true,
            ..engine
        })
    }

    fn publishing(target: Target, size: usize, via: Via) -> io::Result<Self> {
        let poll = Poll::new()?;
        let address = target.read.resolve()?;
        let publish_address = target.publish.resolve()?;
        let endpoints = Endpoints {
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
            endpoints,
            readers: Vec::new(),
            publishers: Publishers::new(via, size),
            counters: Counters::default(),
            published: 0,
            refused: 0,
            first_counted: 0,
            by_acknowledgement: false,
            spun: Duration::ZERO,
            first_error: None,
        })
    }

    /// Returns an error that names the server.
    fn failed(&self, why: &dyn fmt::Display) -> Error {
        anyhow!("{}: {why}", self.endpoints.target.read)
    }

    /// Publishes one message now.
    pub(crate) fn publish(&mut self, moment: Duration) -> Result<()> {
        let stamp = Stamp::new(self.published, moment);
        self.published += 1;
        self.counters.published += 1;
        self.publishers
            .publish(stamp, &self.endpoints)
            .map_err(|error| self.failed(&error))
    }

    /// Opens a subscriber with this index: the next one, or a replacement.
    fn open_at(&mut self, at: usize) -> Result<()> {
        let reader = Reader::open(&self.endpoints, Token(at), self.published)
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

    /// Returns the number of the next message.
    pub(crate) fn published(&self) -> u64 {
        self.published
    }

    /// Returns what was counted since the last call.
    pub(crate) fn take_counters(&mut self) -> Counters {
        let counters = std::mem::take(&mut self.counters);
        self.refused += counters.refused;
        counters
    }

    /// Returns what was counted so far. From now on, only messages not published yet are counted.
    pub(crate) fn count_anew(&mut self) -> Counters {
        self.first_counted = self.published;
        self.take_counters()
    }

    /// Returns the CPU time of this thread, without polls that returned no events.
    pub(crate) fn cpu(&self) -> Duration {
        clock::thread_cpu().saturating_sub(self.spun)
    }

    /// Returns the first error.
    pub(crate) fn first_error(&self) -> Option<&str> {
        self.first_error.as_deref()
    }

    /// Returns how many messages are missing, added up over subscribers. Refused ones do not count.
    fn lost(&self) -> u64 {
        let missed: u64 = self
            .readers
            .iter()
            .map(|reader| reader.received.missed(self.published))
            .sum();
        missed.saturating_sub((self.refused + self.counters.refused) * self.readers.len() as u64)
    }

    fn publish_due(&mut self, pace: &mut Pace) -> Result<()> {
        while let Some(moment) = pace.take_due(clock::now()) {
            self.publish(moment)?;
        }
        Ok(())
    }

    /// Waits for events and handles them.
    fn turn(&mut self, most: Duration, mut pace: Option<&mut Pace>) -> Result<()> {
        let began = clock::now();
        match self.poll.poll(&mut self.events, Some(most)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return Err(error.into());
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

    fn deal_with(&mut self, event: &Event, mut pace: Option<&mut Pace>) -> Result<()> {
        let Token(token) = event.token();
        match token.checked_sub(FIRST_TOKEN) {
            Some(connection) => self.publisher(connection, pace.as_deref_mut())?,
            None => self.reader(token, event.is_read_closed(), pace.as_deref_mut()),
        }
        pace.map_or(Ok(()), |pace| self.publish_due(pace))
    }

    fn publisher(&mut self, connection: usize, pace: Option<&mut Pace>) -> Result<()> {
        let Self {
            publishers,
            endpoints,
            buffer,
            counters,
            ..
        } = self;
        let acknowledged = publishers.serve_ready(connection, endpoints, buffer, counters)?;
        if let (true, Some(pace), Some(number)) = (self.by_acknowledgement, pace, acknowledged) {
            pace.arrived(number);
        }
        Ok(())
    }

    fn reader(&mut self, at: usize, closed: bool, pace: Option<&mut Pace>) {
        let Self {
            readers,
            endpoints,
            buffer,
            counters,
            first_counted,
            first_error,
            ..
        } = self;
        // The event belongs to a subscriber that no longer exists.
        let Some(reader) = readers.get_mut(at) else {
            return;
        };
        let turned = reader.turn(
            (endpoints, Token(at)),
            closed,
            buffer,
            &mut Totals {
                counters,
                first_counted: *first_counted,
                pace,
            },
        );
        if !matches!(turned, Ok(true)) {
            reader.end();
            self.counters.ended += 1;
            first_error.get_or_insert_with(|| {
                turned.err().map_or_else(
                    || "the server ended a connection".to_owned(),
                    |error| format!("{error:#}"),
                )
            });
        }
    }
}
