//! The link of a route in one direction: delay, jitter, bandwidth. Pure arithmetic, without a
//! clock or a socket.
//!
//! All connections of a route share the bandwidth, as on one visitor's line. Delay and jitter
//! apply to each segment (the bytes of one read) on its own.

use serde::Serialize;
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};
use support::random::Random;

/// Longest delay and jitter. Anything longer is an outage, not a link.
pub(crate) const MAX_DELAY: Duration = Duration::from_secs(10);
/// How far a sender may run ahead of the bandwidth, like the queue of a router.
const QUEUE: Duration = Duration::from_millis(20);
/// Most bytes of one read, and so of one segment.
pub(super) const MAX_READ: usize = 64 * 1024;
/// Payload of a TCP segment on Ethernet, in bytes. Reads need not be smaller.
const SEGMENT: usize = 1460;
/// Most bytes in flight for one direction of one connection.
const MAX_IN_FLIGHT: usize = 1024 * 1024;
/// Most bytes in flight for all connections of a gate.
const MAX_IN_FLIGHT_TOTAL: usize = 256 * 1024 * 1024;

/// Returns how many bytes each direction of each connection may have in flight.
///
/// At least one TCP segment, so that no connection stalls.
pub(super) fn share(connections: usize) -> usize {
    (MAX_IN_FLIGHT_TOTAL / (2 * connections.max(1))).clamp(SEGMENT, MAX_IN_FLIGHT)
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Link {
    /// Time that bytes take, at most [`MAX_DELAY`].
    #[serde(serialize_with = "millis")]
    pub delay: Duration,
    /// Largest deviation from the delay, evenly distributed. Order within a connection is kept.
    #[serde(serialize_with = "millis")]
    pub jitter: Duration,
    /// Bits a second. `None` for no limit.
    pub bandwidth: Option<NonZeroU64>,
}

/// The sending end of a link, shared by all connections of a route.
pub(super) struct LinkSender {
    pub(super) link: Link,
    /// When everything that was queued will have been sent.
    free: Instant,
}

impl Link {
    /// Returns a link with this delay and nothing else.
    pub fn delayed(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    /// Returns how many bytes may be in flight: about the capacity of the link.
    pub(super) fn in_flight(&self) -> usize {
        let holds =
            |bits: NonZeroU64| bits.get() as f64 / 8.0 * (self.delay + self.jitter).as_secs_f64();
        self.bandwidth.map_or(MAX_IN_FLIGHT, |bits| {
            (holds(bits) as usize).clamp(MAX_READ, MAX_IN_FLIGHT)
        })
    }

    /// Returns how many bytes to read at once: few on a slow link, so that they arrive evenly.
    pub(super) fn chunk(&self) -> usize {
        self.bandwidth.map_or(MAX_READ, |bits| {
            ((bits.get() / 8 / 100) as usize).clamp(SEGMENT, MAX_READ)
        })
    }

    fn time_for(&self, bytes: usize) -> Duration {
        self.bandwidth.map_or(Duration::ZERO, |bits| {
            Duration::from_secs_f64(bytes as f64 * 8.0 / bits.get() as f64)
        })
    }
}

impl LinkSender {
    pub(super) fn new(link: Link, now: Instant) -> Self {
        Self { link, free: now }
    }

    /// Returns when the link accepts more, or `None` if it does now.
    pub(super) fn busy_until(&self, now: Instant) -> Option<Instant> {
        (self.free > now + QUEUE).then(|| self.free - QUEUE)
    }

    /// Returns when bytes that are sent now, but not before `earliest`, arrive at the other end.
    pub(super) fn send(
        &mut self,
        bytes: usize,
        now: Instant,
        earliest: Instant,
        random: &mut Random,
    ) -> Instant {
        let begin = now.max(earliest);
        let sent = if self.link.bandwidth.is_some() {
            self.free = self.free.max(begin) + self.link.time_for(bytes);
            self.free
        } else {
            begin
        };
        let Link { delay, jitter, .. } = self.link;
        (sent + delay + random.up_to(jitter * 2))
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
    fn a_delay_is_added_to_the_time_of_sending() {
        let now = Instant::now();
        let mut random = Random::new(1);
        let mut sender = LinkSender::new(link(50, 0, 0), now);
        assert_eq!(sender.send(1_000_000, now, now, &mut random), now + 50 * MS);
        assert_eq!(
            sender.send(1, now + MS, now + 9 * MS, &mut random),
            now + 59 * MS
        );
        assert_eq!(sender.busy_until(now), None);
    }

    #[test]
    fn bytes_queue_for_the_bandwidth_up_to_a_limit() {
        let now = Instant::now();
        let mut random = Random::new(1);
        let mut sender = LinkSender::new(link(50, 0, 8_000_000), now);
        assert_eq!(sender.send(10_000, now, now, &mut random), now + 60 * MS);
        assert_eq!(sender.busy_until(now), None);
        assert_eq!(sender.send(20_000, now, now, &mut random), now + 80 * MS);
        assert_eq!(sender.busy_until(now), Some(now + 10 * MS));
        assert_eq!(sender.busy_until(now + 10 * MS), None);
        assert_eq!(
            sender.send(1000, now + 100 * MS, now, &mut random),
            now + 151 * MS
        );
    }

    #[test]
    fn jitter_uses_its_whole_range_and_no_more() {
        let now = Instant::now();
        let mut random = Random::new(1);
        let mut sender = LinkSender::new(link(50, 5, 0), now);
        let due: Vec<_> = (0..1000)
            .map(|_| sender.send(1, now, now, &mut random) - now)
            .collect();
        assert!(due.iter().all(|due| (45 * MS..=55 * MS).contains(due)));
        assert!(due.iter().any(|due| *due < 46 * MS) && due.iter().any(|due| *due > 54 * MS));
        let mut sender = LinkSender::new(link(1, 5, 0), now);
        assert!((0..1000).all(|_| sender.send(1, now, now, &mut random) >= now));
    }

    #[test]
    fn connections_share_the_bytes_in_flight() {
        assert_eq!([0, 1, 128].map(share), [MAX_IN_FLIGHT; 3]);
        assert_eq!(share(1024) * 1024 * 2, MAX_IN_FLIGHT_TOTAL);
        assert_eq!(share(1_000_000), SEGMENT);
    }

    #[test]
    fn bytes_in_flight_and_reads_depend_on_the_bandwidth() {
        assert_eq!(
            (link(50, 0, 0).in_flight(), link(50, 0, 0).chunk()),
            (MAX_IN_FLIGHT, MAX_READ)
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
            (MAX_READ, SEGMENT)
        );
    }
}
