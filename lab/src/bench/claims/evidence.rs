//! Figures from a result. Whoever asks for one leaves a trace, so that each verdict can name what it came from.

use crate::bench::{
    experiments::{COST, IDLE, KEEP_ALIVE, OPENING, RATE, UPSTREAM},
    figures::{Absent, Measure},
    result::{Code, Run, Series},
    scenario::{
        Load,
        Manner::{self, Usual},
        Server, Transport,
    },
    stats::{Estimate, compare::Comparison},
};
use std::cell::RefCell;

/// Which scenario of a result is meant; of several that fit, the first.
#[derive(Clone)]
pub(super) struct Case {
    experiment: &'static str,
    transport: Transport,
    manner: Manner,
    load: Option<Load>,
    server: Server,
}

/// A reader far away, at so many messages a second.
pub(super) fn rate(transport: Transport, manner: Manner, per_second: f64) -> Case {
    Case { manner, load: Some(Load::PerSecond(per_second)), ..Case::of(RATE, transport) }
}

/// Long polling that is kept alive, or not.
pub(super) fn keep_alive(manner: Manner) -> Case {
    Case { manner, ..Case::of(KEEP_ALIVE, Transport::Longpoll) }
}

/// A client that sends.
pub(super) fn upstream(transport: Transport, manner: Manner) -> Case {
    Case { manner, ..Case::of(UPSTREAM, transport) }
}

/// A client that connects.
pub(super) fn opening(transport: Transport) -> Case {
    Case::of(OPENING, transport)
}

/// Many readers, one message under way.
pub(super) fn cost(transport: Transport) -> Case {
    Case { load: Some(Load::InFlight(1)), ..Case::of(COST, transport) }
}

/// Connections that do nothing.
pub(super) fn idle(transport: Transport) -> Case {
    Case::of(IDLE, transport)
}

impl Case {
    fn of(experiment: &'static str, transport: Transport) -> Self {
        Self { experiment, transport, manner: Usual, load: None, server: Server::Ours }
    }

    /// The same, of a server that does nothing but write.
    pub(super) fn limit(self) -> Self {
        Self { server: Server::Limit, ..self }
    }
}

/// What a verdict came from.
pub(super) struct Source<'a> {
    pub(super) experiment: &'a str,
    pub(super) series: Vec<&'a Series>,
}

pub(super) struct Evidence<'a> {
    run: &'a Run,
    used: RefCell<Vec<&'a Series>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self { run, used: RefCell::default() }
    }

    pub(super) fn estimate(&self, case: Case, measure: &Measure) -> Result<Estimate, Absent> {
        measure.estimate(&self.series(&case)?.repetitions)
    }

    pub(super) fn compare(&self, first: Case, second: Case, measure: &Measure) -> Result<Comparison, Absent> {
        measure.compare(&self.series(&first)?.repetitions, &self.series(&second)?.repetitions)
    }

    pub(super) fn code(&self, transport: Transport) -> Result<&'a Code, Absent> {
        self.run.code.iter().find(|code| code.transport == transport).ok_or(Absent::NotMeasured)
    }

    /// What was asked for so far, by experiment.
    pub(super) fn sources(&self) -> Vec<Source<'a>> {
        let mut sources: Vec<Source<'a>> = Vec::new();
        for series in self.used.borrow().iter().copied() {
            let experiment = &*series.scenario.experiment;
            match sources.iter_mut().find(|source| source.experiment == experiment) {
                Some(source) if source.series.iter().any(|known| std::ptr::eq(*known, series)) => {}
                Some(source) => source.series.push(series),
                None => sources.push(Source { experiment, series: vec![series] }),
            }
        }
        sources
    }

    fn series(&self, case: &Case) -> Result<&'a Series, Absent> {
        let fits = |series: &&Series| {
            let scenario = &series.scenario;
            (&*scenario.experiment, scenario.transport, scenario.manner)
                == (case.experiment, case.transport, case.manner)
                && scenario.server == case.server
                && case.load.is_none_or(|load| load == scenario.load)
        };
        let found = self.run.series.iter().find(fits).ok_or(Absent::NotMeasured)?;
        self.used.borrow_mut().push(found);
        Ok(found)
    }
}
