//! Looks up figures in a result, and records which were used, so that each verdict names its
//! sources.

use crate::{
    experiments::{COST, IDLE, KEEP_ALIVE, OPENING, RATE, UPSTREAM},
    metrics::{Absent, Metric, mean},
    processes::topic::Topic,
    result::{Code, Fact, Run, Series},
    scenario::{
        ClientVariant::{self, Usual},
        Load, Server, Transport,
    },
    stats::{Estimate, compare::Comparison},
};
use std::cell::RefCell;

/// Selects a scenario of a result: the first that matches.
#[derive(Clone)]
pub(super) struct Case {
    experiment: &'static str,
    transport: Transport,
    variant: ClientVariant,
    load: Option<Load>,
    server: Server,
}

/// Selects a distant subscriber at this message rate.
pub(super) fn rate(transport: Transport, variant: ClientVariant, per_second: f64) -> Case {
    Case {
        variant,
        load: Some(Load::PerSecond(per_second)),
        ..Case::of(RATE, transport)
    }
}

/// Selects long polling with or without keep-alive.
pub(super) fn keep_alive(variant: ClientVariant) -> Case {
    Case {
        variant,
        ..Case::of(KEEP_ALIVE, Transport::Longpoll)
    }
}

/// Selects a client that publishes.
pub(super) fn upstream(transport: Transport, variant: ClientVariant) -> Case {
    Case {
        variant,
        ..Case::of(UPSTREAM, transport)
    }
}

/// Selects a client that connects.
pub(super) fn opening(transport: Transport) -> Case {
    Case::of(OPENING, transport)
}

/// Selects many subscribers with one message in flight.
pub(super) fn cost(transport: Transport) -> Case {
    Case {
        load: Some(Load::InFlight(1)),
        ..Case::of(COST, transport)
    }
}

/// Selects idle connections.
pub(super) fn idle(transport: Transport) -> Case {
    Case::of(IDLE, transport)
}

impl Case {
    fn of(experiment: &'static str, transport: Transport) -> Self {
        Self {
            experiment,
            transport,
            variant: Usual,
            load: None,
            server: Server::Ours,
        }
    }

    /// Selects the same scenario on `lab limit`.
    pub(super) fn limit(self) -> Self {
        Self {
            server: Server::Limit,
            ..self
        }
    }
}

/// The source of a verdict.
pub(super) enum Source<'a> {
    Experiment {
        name: &'a str,
        series: Vec<&'a Series>,
    },
    /// Facts of services as a whole, with their number of repetitions.
    Facts { topic: Topic, repetitions: usize },
}

/// A result, and which of its measurements were used.
pub(super) struct Evidence<'a> {
    run: &'a Run,
    used: RefCell<Vec<&'a Series>>,
    topics: RefCell<Vec<(Topic, usize)>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self {
            run,
            used: RefCell::default(),
            topics: RefCell::default(),
        }
    }

    pub(super) fn estimate(&self, case: Case, metric: &Metric) -> Result<Estimate, Absent> {
        metric.estimate(&self.series(&case)?.repetitions)
    }

    pub(super) fn compare(
        &self,
        first: Case,
        second: Case,
        metric: &Metric,
    ) -> Result<Comparison, Absent> {
        metric.compare(
            &self.series(&first)?.repetitions,
            &self.series(&second)?.repetitions,
        )
    }

    pub(super) fn code(&self, transport: Transport) -> Result<&'a Code, Absent> {
        self.run
            .code
            .iter()
            .find(|code| code.transport == transport)
            .ok_or(Absent::NotMeasured)
    }

    /// Returns a figure of a service as a whole.
    pub(super) fn fact(
        &self,
        topic: Topic,
        subject: &str,
        figure: &str,
    ) -> Result<Estimate, Absent> {
        let fits = |fact: &&Fact| {
            (&*fact.topic, &*fact.subject, &*fact.figure) == (topic.title, subject, figure)
        };
        let fact = self
            .run
            .facts
            .iter()
            .find(fits)
            .ok_or(Absent::NotMeasured)?;
        let used = (topic, fact.values.len());
        let mut topics = self.topics.borrow_mut();
        if !topics.contains(&used) {
            topics.push(used);
        }
        mean(&fact.values).ok_or(Absent::NotMeasured)
    }

    /// Returns the number of threads, and of processes, that were compared.
    pub(super) fn workers(&self) -> usize {
        self.run.environment.settings.workers as usize
    }

    /// Returns what was used so far, by experiment and topic.
    pub(super) fn sources(&self) -> Vec<Source<'a>> {
        let mut experiments: Vec<(&'a str, Vec<&'a Series>)> = Vec::new();
        for series in self.used.borrow().iter().copied() {
            let experiment = &*series.scenario.experiment;
            match experiments.iter_mut().find(|(name, _)| *name == experiment) {
                Some((_, all)) if all.iter().any(|known| std::ptr::eq(*known, series)) => {}
                Some((_, all)) => all.push(series),
                None => experiments.push((experiment, vec![series])),
            }
        }
        let experiments = experiments
            .into_iter()
            .map(|(name, series)| Source::Experiment { name, series });
        let facts = self.topics.borrow();
        experiments
            .chain(
                facts
                    .iter()
                    .map(|&(topic, repetitions)| Source::Facts { topic, repetitions }),
            )
            .collect()
    }

    fn series(&self, case: &Case) -> Result<&'a Series, Absent> {
        let fits = |series: &&Series| {
            let scenario = &series.scenario;
            (&*scenario.experiment, scenario.transport, scenario.variant)
                == (case.experiment, case.transport, case.variant)
                && scenario.server == case.server
                && case.load.is_none_or(|load| load == scenario.load)
        };
        let found = self
            .run
            .series
            .iter()
            .find(fits)
            .ok_or(Absent::NotMeasured)?;
        self.used.borrow_mut().push(found);
        Ok(found)
    }
}
