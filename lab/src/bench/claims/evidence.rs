//! Figures from a result. Whoever asks for one leaves a trace, so that each verdict can name what it came from.

use crate::bench::{
    experiments::{COST, KEEP_ALIVE, OPENING, RATE, UPSTREAM},
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
#[derive(Clone, Copy)]
pub(super) struct Case {
    experiment: &'static str,
    transport: Transport,
    manner: Manner,
    load: Option<Load>,
}

/// A reader far away, at so many messages a second.
pub(super) fn rate(transport: Transport, manner: Manner, per_second: f64) -> Case {
    Case { experiment: RATE, transport, manner, load: Some(Load::PerSecond(per_second)) }
}

/// Long polling that is kept alive, or not.
pub(super) fn keep_alive(manner: Manner) -> Case {
    Case { experiment: KEEP_ALIVE, transport: Transport::Longpoll, manner, load: None }
}

/// A client that sends.
pub(super) fn upstream(transport: Transport, manner: Manner) -> Case {
    Case { experiment: UPSTREAM, transport, manner, load: None }
}

/// A client that connects.
pub(super) fn opening(transport: Transport) -> Case {
    Case { experiment: OPENING, transport, manner: Usual, load: None }
}

/// Many readers, one message under way.
pub(super) fn cost(transport: Transport) -> Case {
    Case { experiment: COST, transport, manner: Usual, load: Some(Load::InFlight(1)) }
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
        measure.estimate(&self.series(case)?.repetitions)
    }

    pub(super) fn compare(&self, first: Case, second: Case, measure: &Measure) -> Result<Comparison, Absent> {
        measure.compare(&self.series(first)?.repetitions, &self.series(second)?.repetitions)
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

    fn series(&self, case: Case) -> Result<&'a Series, Absent> {
        let fits = |series: &&Series| {
            let scenario = &series.scenario;
            (&*scenario.experiment, scenario.transport, scenario.manner)
                == (case.experiment, case.transport, case.manner)
                && scenario.server == Server::Ours
                && case.load.is_none_or(|load| load == scenario.load)
        };
        let found = self.run.series.iter().find(fits).ok_or(Absent::NotMeasured)?;
        self.used.borrow_mut().push(found);
        Ok(found)
    }
}
