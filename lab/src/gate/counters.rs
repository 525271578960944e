//! What a lane or a connection has carried.

use super::{fault::Way, head::Head};
use serde::Serialize;
use std::{
    ops::{AddAssign, Sub},
    time::{Duration, Instant},
};

/// Bytes that follow a silence of more than this have woken the network: a phone's radio sleeps by then.
const SILENCE: Duration = Duration::from_secs(1);

/// Everything that is counted, since the gate began or, for a connection, since that did. Counted is what senders sent, when
/// the gate reads it, whether or not it arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counters {
    /// Connections that were accepted.
    pub(crate) connections: u64,
    /// Requests whose head came whole (RFC 9112), by method.
    pub(crate) requests: Requests,
    /// From clients.
    pub(crate) up: Traffic,
    /// To clients.
    pub(crate) down: Traffic,
    /// Bursts, in either direction, with more than a second of silence before them.
    pub(crate) wakeups: u64,
}

/// Requests on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Requests {
    pub(crate) get: u64,
    pub(crate) post: u64,
    /// Browsers ask so before they post to another origin.
    pub(crate) options: u64,
    /// With other methods.
    pub(crate) other: u64,
    /// How many of all these asked for an upgrade.
    pub(crate) upgrades: u64,
}

/// One direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Traffic {
    /// Payload of TCP: without the 40 and more bytes of headers that each packet has.
    pub(crate) bytes: u64,
    /// Reads that gave bytes: what a sender wrote at once, as far as nothing before the gate joined or split it, and with a
    /// bandwidth at most a hundredth of a second of it.
    pub(crate) segments: u64,
}

/// Counters, and what they need to find silences.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) counters: Counters,
    last: Option<Instant>,
}

impl Requests {
    /// All of them.
    pub(crate) fn all(&self) -> u64 {
        self.get + self.post + self.options + self.other
    }

    fn count(&mut self, method: &str, upgrade: bool) {
        let counter = match method {
            "GET" => &mut self.get,
            "POST" => &mut self.post,
            "OPTIONS" => &mut self.options,
            _ => &mut self.other,
        };
        *counter += 1;
        self.upgrades += u64::from(upgrade);
    }
}

impl Traffic {
    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.segments += 1;
    }
}

impl Tally {
    pub(super) fn count_bytes(&mut self, way: Way, bytes: usize, now: Instant) {
        let silent = self
            .last
            .replace(now)
            .is_none_or(|last| now.saturating_duration_since(last) > SILENCE);
        self.counters.wakeups += u64::from(silent);
        match way {
            Way::Up => self.counters.up.count(bytes),
            Way::Down => self.counters.down.count(bytes),
        }
    }

    pub(super) fn count_request(&mut self, head: &Head) {
        self.counters.requests.count(head.method(), head.upgrade);
    }
}

/// Applies an operation to each pair of counters.
macro_rules! each {
    ($a:expr, $b:expr, $operation:tt, $($($field:ident).+),+) => { $($a.$($field).+ $operation $b.$($field).+;)+ };
    ($a:expr, $b:expr, $operation:tt) => {
        each!($a, $b, $operation, connections, requests.get, requests.post, requests.options, requests.other,
            requests.upgrades, up.bytes, up.segments, down.bytes, down.segments, wakeups)
    };
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        each!(self, other, +=);
    }
}

/// What was counted since an earlier moment.
impl Sub for Counters {
    type Output = Self;

    fn sub(mut self, earlier: Self) -> Self {
        each!(self, earlier, -=);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_added_again_is_the_whole() {
        let mut early = Counters {
            connections: 1,
            wakeups: 1,
            ..Counters::default()
        };
        early.requests.count("GET", true);
        early.up.count(7);
        let mut late = early;
        for method in ["GET", "POST", "OPTIONS", "PUT"] {
            late.requests.count(method, false);
        }
        late.down.count(100);
        late.connections += 1;
        let difference = late - early;
        assert_eq!(
            (
                difference.requests.all(),
                difference.requests.upgrades,
                difference.up.bytes
            ),
            (4, 0, 0)
        );
        assert_eq!(
            (difference.down, difference.connections),
            (
                Traffic {
                    bytes: 100,
                    segments: 1
                },
                1
            )
        );
        early += difference;
        assert_eq!(early, late);
    }

    #[test]
    fn a_burst_after_a_silence_wakes_the_network_once() {
        let (mut tally, now) = (Tally::default(), Instant::now());
        let mut wakeups = |way, at: u64| {
            tally.count_bytes(way, 1, now + Duration::from_millis(at));
            tally.counters.wakeups
        };
        assert_eq!(
            [0, 500, 1500, 2501, 2502].map(|at| wakeups(Way::Up, at)),
            [1, 1, 1, 2, 2]
        );
        assert_eq!([3000, 4001].map(|at| wakeups(Way::Down, at)), [2, 3]);
    }
}
