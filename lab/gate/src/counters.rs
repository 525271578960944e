//! Counters of the traffic of a route or a connection.

use super::fault::Direction;
use serde::Serialize;
use std::{
    ops::{AddAssign, Sub},
    time::{Duration, Instant},
};
use wire::head::Head;

/// After this much silence, bytes wake up the network: a phone's radio sleeps by then.
const SILENCE: Duration = Duration::from_secs(1);

/// Counters since the start of the gate or of the connection. Bytes count when the gate reads them,
/// whether or not they arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Accepted connections.
    pub connections: u64,
    /// Requests with complete headers (RFC 9112), by method.
    pub requests: Requests,
    /// From clients.
    pub up: Traffic,
    /// To clients.
    pub down: Traffic,
    /// Bursts, in either direction, after more than a second of silence.
    pub wakeups: u64,
}

/// Requests by method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    pub get: u64,
    pub post: u64,
    /// Browsers send these as CORS preflights before they post to another origin.
    pub options: u64,
    /// Requests with other methods.
    pub other: u64,
    /// Requests of any method that asked for an upgrade.
    pub upgrades: u64,
}

/// Traffic in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// TCP payload, without the 40 or more bytes of headers of each packet.
    pub bytes: u64,
    /// Reads that returned bytes. One for each write of the sender, unless something joined or
    /// split them on the way. A bandwidth limit splits them into hundredths of a second.
    pub segments: u64,
}

/// Counters, and the time of the last byte, to find silences.
#[derive(Default)]
pub(super) struct ActivityCounters {
    pub(super) counters: Counters,
    last: Option<Instant>,
}

impl Requests {
    /// Returns the number of all requests.
    pub fn all(&self) -> u64 {
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

impl ActivityCounters {
    pub(super) fn count_bytes(&mut self, direction: Direction, bytes: usize, now: Instant) {
        let silent = self
            .last
            .replace(now)
            .is_none_or(|last| now.saturating_duration_since(last) > SILENCE);
        self.counters.wakeups += u64::from(silent);
        match direction {
            Direction::Up => self.counters.up.count(bytes),
            Direction::Down => self.counters.down.count(bytes),
        }
    }

    pub(super) fn count_request(&mut self, head: &Head<'_>) {
        self.counters.requests.count(head.method(), head.upgrades());
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

/// Subtracts the counters of an earlier time.
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
    fn adding_a_difference_restores_the_counters() {
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
    fn a_burst_after_a_silence_is_one_wakeup() {
        let mut tally = ActivityCounters::default();
        let now = Instant::now();
        let mut wakeups = |direction, at: u64| {
            tally.count_bytes(direction, 1, now + Duration::from_millis(at));
            tally.counters.wakeups
        };
        assert_eq!(
            [0, 500, 1500, 2501, 2502].map(|at| wakeups(Direction::Up, at)),
            [1, 1, 1, 2, 2]
        );
        assert_eq!([3000, 4001].map(|at| wakeups(Direction::Down, at)), [2, 3]);
    }
}
