//! What experiments do with subscribers and publishers.

use super::Engine;
use crate::load::{clock, pace::Pace, reader::Reader, target::Opens};
use anyhow::Result;
use mio::Token;
use std::time::Duration;

/// Most connections that are being opened at once, well below any backlog.
const OPENING: usize = 128;
/// Timeout without progress.
const PATIENCE: Duration = Duration::from_secs(10);
/// Timeout without progress while messages may be lost. Longer than the delay of any link.
pub(crate) const LOST: Duration = Duration::from_secs(3);
/// Total timeout for messages to arrive, even if some still do.
const TOO_LATE: Duration = Duration::from_secs(30);
/// Of a server that is not known, a poll without a response after this time is held.
const HELD: Duration = Duration::from_secs(1);
/// epoll waits in whole milliseconds. Before a message is due, the loop spins for this long.
const SPIN: Duration = Duration::from_millis(2);
/// Longest sleep while nothing is due.
const NAP: Duration = Duration::from_millis(50);

impl Engine {
    /// Adds subscribers and waits until all of them are subscribed.
    pub(crate) fn connect(&mut self, count: usize) -> Result<()> {
        let first = self.readers.len();
        let (mut progress, mut open) = (clock::now(), 0);
        while open < count {
            while self.readers.len() - first < count && self.readers.len() - first - open < OPENING
            {
                self.open_at(self.readers.len())?;
            }
            self.turn(NAP, None)?;
            self.check()?;
            if self.endpoints.target.opens == Opens::Held {
                self.readers.iter_mut().for_each(Reader::assume_open);
            }
            let now_open = self.readers[first..]
                .iter()
                .filter(|reader| reader.state().open)
                .count();
            if now_open > open {
                progress = clock::now();
            }
            open = now_open;
            let waited = clock::now() - progress;
            if waited > HELD && self.endpoints.target.opens == Opens::Unknown {
                self.readers.iter_mut().for_each(Reader::assume_open);
            } else if waited > PATIENCE {
                return Err(self.failed(&format!(
                    "{open} of {count} readers are open, and no more since {waited:.0?}"
                )));
            }
        }
        // Nothing tells when the server has the last of the held polls.
        if self.endpoints.target.opens == Opens::Held {
            self.idle(HELD)?;
        }
        Ok(())
    }

    /// Publishes at this pace for this time.
    pub(crate) fn run(&mut self, pace: &mut Pace, duration: Duration) -> Result<()> {
        let end = clock::now() + duration;
        loop {
            self.publish_due(pace)?;
            let now = clock::now();
            if now >= end {
                return Ok(());
            }
            let next = pace.next().map_or(end, |next| next.min(end));
            self.turn(nap(next.saturating_sub(now)), Some(pace))?;
        }
    }

    /// Publishes this number of messages, `in_flight` at a time, and waits until all are
    /// acknowledged.
    pub(crate) fn publish_all(&mut self, count: u64, in_flight: usize) -> Result<()> {
        let end = self.published + count;
        let mut pace = Pace::closed_until(in_flight, 1, self.published..end);
        let (mut progress, mut acknowledged) = (clock::now(), self.counters.acknowledged);
        while self.published < end || !self.publishers.idle() {
            self.publish_due(&mut pace)?;
            self.turn(NAP, Some(&mut pace))?;
            if self.counters.acknowledged > acknowledged {
                (progress, acknowledged) = (clock::now(), self.counters.acknowledged);
            } else if clock::now() - progress > PATIENCE {
                return Err(self.failed(&"a publication is not acknowledged"));
            }
        }
        Ok(())
    }

    /// Waits without publishing until all subscribers have everything, or a timeout. Returns how
    /// many messages are missing, added up over all subscribers.
    pub(crate) fn settle(&mut self) -> Result<u64> {
        let mut progress = clock::now();
        let end = progress + TOO_LATE;
        while (self.lost() > 0 || !self.publishers.idle())
            && clock::now() < end.min(progress + LOST)
        {
            let before = (self.counters.received, self.counters.acknowledged);
            self.turn(NAP, None)?;
            if before != (self.counters.received, self.counters.acknowledged) {
                progress = clock::now();
            }
        }
        Ok(self.lost())
    }

    /// Runs the event loop without publishing.
    pub(crate) fn idle(&mut self, duration: Duration) -> Result<()> {
        let end = clock::now() + duration;
        while clock::now() < end {
            self.turn(NAP.min(end.saturating_sub(clock::now())), None)?;
        }
        Ok(())
    }

    /// Opens connections without a cursor, `at_a_time` at once, and drops each when it is
    /// subscribed.
    pub(crate) fn open_and_drop(&mut self, at_a_time: usize, duration: Duration) -> Result<()> {
        let end = clock::now() + duration;
        self.endpoints.polls_on = false;
        self.readers.clear();
        (0..at_a_time).try_for_each(|token| self.open_at(token))?;
        while self.readers.iter().any(|reader| !reader.state().open) {
            self.turn(NAP, None)?;
            self.check()?;
            let goes_on = clock::now() < end;
            let open = (0..at_a_time)
                .filter(|token| goes_on && self.readers[*token].state().open)
                .collect::<Vec<_>>();
            open.into_iter().try_for_each(|token| self.open_at(token))?;
        }
        self.readers.clear();
        Ok(())
    }

    /// Fails with the first error.
    fn check(&mut self) -> Result<()> {
        let error = self.first_error.take();
        error.map_or(Ok(()), |error| Err(self.failed(&error)))
    }

    /// Cuts a subscriber's connection and reconnects it with its cursor.
    pub(crate) fn reconnect(&mut self, reader: usize) -> Result<()> {
        let connected = self.readers[reader].connect(&self.endpoints, Token(reader));
        connected.map_err(|error| self.failed(&error))
    }
}

/// Returns how long to wait for events when something is due after this time.
fn nap(until: Duration) -> Duration {
    if until < SPIN {
        Duration::ZERO
    } else {
        (until - SPIN).min(NAP)
    }
}
