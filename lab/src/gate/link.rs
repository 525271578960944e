//! What bytes go through in one direction of a lane: delay, jitter, bandwidth. Plain arithmetic, without clock or socket.
//!
//! The bandwidth is one for all connections of a lane, as on one visitor's line; delay and jitter are each chunk's own.

use crate::chance::Chance;
use serde::Serialize;
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// Longest delay and jitter that can be set: what is longer is no link but an outage.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);
/// What a sender may be ahead of the bandwidth, as a router would keep it.
const QUEUE: Duration = Duration::from_millis(20);
/// Most bytes of one read, and so of one chunk.
pub(super) const MOST: usize = 64 * 1024;
/// What a TCP segment carries on an Ethernet: no chunk needs to be smaller.
const SEGMENT: usize = 1460;
/// Most bytes that one direction of one connection keeps on their way.
const MOST_IN_FLIGHT: usize = 1024 * 1024;
/// Most bytes that all connections of a gate keep on their way.
const MOST_IN_ALL: usize = 256 * 1024 * 1024;

/// How many bytes each direction of so many connections may have on their way: at least a segment, lest one stands still.
pub(super) fn share(connections: usize) -> usize {
    (MOST_IN_ALL / (2 * connections.max(1))).clamp(SEGMENT, MOST_IN_FLIGHT)
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Link {
    /// How long bytes take, at most [`LONGEST`].
    #[serde(serialize_with = "millis")]
    pub(crate) delay: Duration,
    /// By how much less or more that may be for each chunk, evenly distributed. Order within a connection is kept.
    #[serde(serialize_with = "millis")]
    pub(crate) jitter: Duration,
    /// Bits a second; none for as many as the machine gives.
    pub(crate) bandwidth: Option<NonZeroU64>,
}

/// The sending end of a link, which all connections of a lane share.
pub(super) struct Sender {
    pub(super) link: Link,
    /// When it has sent everything that it was given.
    free: Instant,
}

impl Link {
    /// A link that does nothing but take this long.
    pub(crate) fn delayed(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    /// How many bytes may be on their way at a time: about what the link holds.
    pub(super) fn in_flight(&self) -> usize {
        let holds =
            |bits: NonZeroU64| bits.get() as f64 / 8.0 * (self.delay + self.jitter).as_secs_f64();
        self.bandwidth.map_or(MOST_IN_FLIGHT, |bits| {
            (holds(bits) as usize).clamp(MOST, MOST_IN_FLIGHT)
        })
    }

    /// How many bytes are read at a time: with little bandwidth few, so that they do not arrive in lumps.
    pub(super) fn chunk(&self) -> usize {
        self.bandwidth.map_or(MOST, |bits| {
            ((bits.get() / 8 / 100) as usize).clamp(SEGMENT, MOST)
        })
    }

    fn time_for(&self, bytes: usize) -> Duration {
        self.bandwidth.map_or(Duration::ZERO, |bits| {
            Duration::from_secs_f64(bytes as f64 * 8.0 / bits.get() as f64)
        })
    }
}

impl Sender {
    pub(super) fn new(link: Link, now: Instant) -> Self {
        Self { link, free: now }
    }

    /// When it takes more, if not now.
    pub(super) fn busy_until(&self, now: Instant) -> Option<Instant> {
        (self.free > now + QUEUE).then(|| self.free - QUEUE)
    }

    /// When bytes that are given to it now, or not before `earliest`, arrive at the other end.
    pub(super) fn send(
        &mut self,
        bytes: usize,
        now: Instant,
        earliest: Instant,
        chance: &mut Chance,
    ) -> Instant {
        let begin = now.max(earliest);
        let sent = match self.link.bandwidth {
            None => begin,
            Some(_) => {
                self.free = self.free.max(begin) + self.link.time_for(bytes);
                self.free
            }
        };
        let Link { delay, jitter, .. } = self.link;
        (sent + delay + chance.up_to(jitter * 2))
            .checked_sub(jitter)
            .map_or(sent, |due| due.max(sent))
    }
}

fn millis<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn link(delay: u32, jitter: u32, bits: u64) -> Link {
        Link {
            delay: MS * delay,
            jitter: MS * jitter,
            bandwidth: NonZeroU64::new(bits),
        }
    }

    #[test]
    fn a_delay_is_added_to_the_moment_of_sending() {
        let (now, mut chance) = (Instant::now(), Chance::new(1));
        let mut sender = Sender::new(link(50, 0, 0), now);
        assert_eq!(sender.send(1_000_000, now, now, &mut chance), now + 50 * MS);
        assert_eq!(
            sender.send(1, now + MS, now + 9 * MS, &mut chance),
            now + 59 * MS
        );
        assert_eq!(sender.busy_until(now), None);
    }

    #[test]
    fn bytes_queue_for_the_bandwidth_and_senders_wait_when_the_queue_is_long() {
        let (now, mut chance) = (Instant::now(), Chance::new(1));
        let mut sender = Sender::new(link(50, 0, 8_000_000), now);
        assert_eq!(sender.send(10_000, now, now, &mut chance), now + 60 * MS);
        assert_eq!(sender.busy_until(now), None);
        assert_eq!(sender.send(20_000, now, now, &mut chance), now + 80 * MS);
        assert_eq!(sender.busy_until(now), Some(now + 10 * MS));
        assert_eq!(sender.busy_until(now + 10 * MS), None);
        assert_eq!(
            sender.send(1000, now + 100 * MS, now, &mut chance),
            now + 151 * MS
        );
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_uses_them() {
        let (now, mut chance) = (Instant::now(), Chance::new(1));
        let mut sender = Sender::new(link(50, 5, 0), now);
        let due: Vec<_> = (0..1000)
            .map(|_| sender.send(1, now, now, &mut chance) - now)
            .collect();
        assert!(due.iter().all(|due| (45 * MS..=55 * MS).contains(due)));
        assert!(due.iter().any(|due| *due < 46 * MS) && due.iter().any(|due| *due > 54 * MS));
        let mut sender = Sender::new(link(1, 5, 0), now);
        assert!((0..1000).all(|_| sender.send(1, now, now, &mut chance) >= now));
    }

    #[test]
    fn many_connections_share_what_all_may_keep() {
        assert_eq!([0, 1, 128].map(share), [MOST_IN_FLIGHT; 3]);
        assert_eq!(share(1024) * 1024 * 2, MOST_IN_ALL);
        assert_eq!(share(1_000_000), SEGMENT);
    }

    #[test]
    fn what_is_kept_and_read_at_a_time_follows_the_bandwidth() {
        assert_eq!(
            (link(50, 0, 0).in_flight(), link(50, 0, 0).chunk()),
            (MOST_IN_FLIGHT, MOST)
        );
        assert_eq!(
            (
                link(100, 0, 8_000_000).in_flight(),
                link(0, 0, 8_000_000).chunk()
            ),
            (100_000, 10_000)
        );
        assert_eq!(
            (link(50, 0, 56_000).in_flight(), link(50, 0, 56_000).chunk()),
            (MOST, SEGMENT)
        );
    }
}
