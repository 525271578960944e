//! Clocks and counters that are read before and after what is measured.

use super::{link::between, server::Loaded};
use crate::{
    bench::result::{Repetition, Wire},
    load::{clock, counters::Counters, engine::Engine},
    spawned::procfs,
};
use std::time::Duration;

/// Of a core; above it, the load may have been what was measured.
const BUSY: f64 = 0.9;

/// A moment; or, as a difference of two, what was spent between them.
pub(super) struct Times {
    pub(super) wall: Duration,
    /// CPU time of the server.
    server: Option<Duration>,
    /// CPU time of the load and its link.
    load: Duration,
    everybody: Option<Duration>,
    wire: Option<Wire>,
}

impl Times {
    pub(super) fn now(server: &Loaded, load: &Engine) -> Self {
        let way = server.way();
        Self {
            wall: clock::now(),
            server: server.cpu(),
            load: load.cpu() + way.map_or(Duration::ZERO, |way| way.cpu()),
            everybody: procfs::cpu_of_all(),
            wire: way.map(|way| way.wire()),
        }
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        let less =
            |now: Option<Duration>, before: Option<Duration>| Some(now?.saturating_sub(before?));
        Self {
            wall: self.wall - before.wall,
            server: less(self.server, before.server),
            load: self.load.saturating_sub(before.load),
            everybody: less(self.everybody, before.everybody),
            wire: before
                .wire
                .zip(self.wire)
                .map(|(before, after)| between(before, after)),
        }
    }

    /// What this adds up to, if nothing else is known.
    pub(super) fn repetition(&self, counted: &Counters) -> Repetition {
        Repetition {
            seconds: self.wall.as_secs_f64(),
            published: counted.published,
            operations: 0,
            server_cpu_seconds: self.server.map(|cpu| cpu.as_secs_f64()),
            load_cpu_seconds: self.load.as_secs_f64(),
            latency: Default::default(),
            lost: 0,
            duplicated: counted.duplicated,
            reordered: counted.reordered,
            resets: counted.resets,
            wire: self.wire,
            memory: Vec::new(),
        }
    }

    /// The load had no time left, and the server had.
    pub(super) fn load_was_the_limit(&self) -> bool {
        self.share(self.load) > BUSY && self.server.is_some_and(|server| self.share(server) < BUSY)
    }

    /// What neither server nor load used, of a core.
    pub(super) fn others(&self) -> f64 {
        let others = self
            .everybody
            .zip(self.server)
            .map(|(all, server)| all.saturating_sub(server + self.load));
        others.map_or(0.0, |others| self.share(others))
    }

    fn share(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.wall.as_secs_f64()
    }
}
