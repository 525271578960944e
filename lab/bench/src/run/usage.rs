//! Clocks and counters, read before and after a measurement.

use super::server::ServerUnderTest;
use crate::{
    load::{clock, counters::Counters, engine::Engine},
    result::{Repetition, Wire},
};
use servers::spawned::procfs;
use std::time::Duration;

/// Share of a core. Above it, the load may be the bottleneck.
const BUSY: f64 = 0.9;

/// One repetition of a scenario, with reasons to doubt it.
pub(super) struct MeasuredRepetition {
    pub(super) repetition: Repetition,
    pub(super) usage: Usage,
    /// The first error of the load.
    pub(super) first_error: Option<String>,
}

/// Returns whether the load was the bottleneck in one of these repetitions.
pub(super) fn load_was_the_limit(measured: &[MeasuredRepetition]) -> bool {
    measured.iter().any(|one| one.usage.load_was_the_limit())
}

/// Clocks and counters at one moment, or their difference between two moments.
pub(super) struct Usage {
    wall: Duration,
    /// CPU time of the server.
    server: Option<Duration>,
    /// CPU time of the load and of its link.
    load: Duration,
    /// CPU time of the whole machine.
    machine: Option<Duration>,
    wire: Option<Wire>,
}

impl Usage {
    pub(super) fn now(server: &ServerUnderTest, load: &Engine) -> Self {
        let link = server.link();
        Self {
            wall: clock::now(),
            server: server.cpu(),
            load: load.cpu() + link.map_or(Duration::ZERO, |link| link.cpu()),
            machine: procfs::cpu_of_all(),
            wire: link.map(|link| link.traffic()),
        }
    }

    /// Returns the difference to an earlier moment.
    pub(super) fn since(&self, before: &Self) -> Self {
        let less =
            |now: Option<Duration>, before: Option<Duration>| Some(now?.saturating_sub(before?));
        Self {
            wall: self.wall - before.wall,
            server: less(self.server, before.server),
            load: self.load.saturating_sub(before.load),
            machine: less(self.machine, before.machine),
            wire: self
                .wire
                .zip(before.wire)
                .map(|(now, before)| now.since(before)),
        }
    }

    /// Returns a repetition with these counts, before the operation-specific ones are added.
    pub(super) fn repetition(&self, counted: &Counters) -> Repetition {
        Repetition {
            seconds: self.wall.as_secs_f64(),
            published: counted.published,
            server_cpu_seconds: self.server.map(|cpu| cpu.as_secs_f64()),
            load_cpu_seconds: self.load.as_secs_f64(),
            duplicated: counted.duplicated,
            reordered: counted.reordered,
            resets: counted.resets,
            wire: self.wire,
            ..Repetition::default()
        }
    }

    /// Returns whether the load was saturated and the server was not.
    fn load_was_the_limit(&self) -> bool {
        self.share(self.load) > BUSY && self.server.is_some_and(|server| self.share(server) < BUSY)
    }

    /// Returns the CPU usage of other programs, as a share of a core.
    pub(super) fn others(&self) -> f64 {
        let others = self
            .machine
            .zip(self.server)
            .map(|(all, server)| all.saturating_sub(server + self.load));
        others.map_or(0.0, |others| self.share(others))
    }

    fn share(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.wall.as_secs_f64()
    }
}
