//! The frame of every operation: a server under load, and the moment when its measurement began.

use super::{
    machine::Machine,
    server::ServerUnderTest,
    usage::{MeasuredRepetition, Usage},
};
use crate::{
    load::{clock, counters::Counters, engine::Engine, pace::Pace, target::Target},
    scenario::{Load, Scenario},
};
use anyhow::{Context, Result};
use support::histogram::Histogram;

pub(super) struct Measurement<'a> {
    scenario: &'a Scenario,
    server: ServerUnderTest,
    pub(super) load: Engine,
    before: Usage,
}

/// What is specific to an operation: how many were completed, how many were not, and how long each
/// took.
pub(super) type Outcome = (u64, u64, Histogram);

impl<'a> Measurement<'a> {
    /// Starts the server of a scenario, and begins. `load` makes the load from the target and the
    /// size of a message in bytes.
    pub(super) fn start(
        scenario: &'a Scenario,
        machine: &Machine,
        load: impl FnOnce(Target, usize) -> Result<Engine>,
    ) -> Result<Self> {
        let server = ServerUnderTest::start(scenario, machine)?;
        let target = server.target(scenario, machine)?;
        let load = load(target, scenario.payload_bytes as usize)?;
        let before = Usage::now(&server, &load);
        Ok(Self {
            scenario,
            server,
            load,
            before,
        })
    }

    /// Returns when to publish. A message of a closed loop has arrived with `arrivals`.
    pub(super) fn pace(&self, arrivals: usize) -> Pace {
        match self.scenario.load {
            Load::InFlight(in_flight) => {
                Pace::closed(in_flight as usize, arrivals, self.load.published())
            }
            Load::PerSecond(rate) => Pace::open(rate, clock::now()),
        }
    }

    /// Begins anew, after a warm-up.
    pub(super) fn begin(&mut self) {
        self.load.take_counters();
        self.before = Usage::now(&self.server, &self.load);
    }

    /// Returns what was used since the beginning.
    pub(super) fn usage(&self) -> Usage {
        Usage::now(&self.server, &self.load).since(&self.before)
    }

    /// Returns the proportional set size of the server in bytes.
    pub(super) fn memory(&self) -> Result<u64> {
        let memory = self.server.memory();
        memory.context("the memory of this server is not readable")
    }

    /// Ends now, with everything that was counted.
    pub(super) fn end(mut self, outcome: impl FnOnce(Counters) -> Outcome) -> MeasuredRepetition {
        let (usage, counted) = (self.usage(), self.load.take_counters());
        self.measured(usage, counted, outcome)
    }

    /// Ends with what was used and counted before.
    pub(super) fn measured(
        self,
        usage: Usage,
        counted: Counters,
        outcome: impl FnOnce(Counters) -> Outcome,
    ) -> MeasuredRepetition {
        let mut repetition = usage.repetition(&counted);
        (repetition.operations, repetition.lost, repetition.latency) = outcome(counted);
        MeasuredRepetition {
            repetition,
            usage,
            first_error: self.load.first_error().map(str::to_owned),
        }
    }
}
