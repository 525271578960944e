//! Figures from a result. Whoever asks for one leaves a trace, so that each verdict can name what it came from.

use crate::bench::{
    experiments::{COST, IDLE, KEEP_ALIVE, OPENING, RATE, UPSTREAM},
    figures::{Absent, Measure, mean},
    processes::topic::Topic,
    result::{Code, Fact, Run, Series},
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
    Case {
        manner,
        load: Some(Load::PerSecond(per_second)),
        ..Case::of(RATE, transport)
    }
}

/// Long polling that is kept alive, or not.
pub(super) fn keep_alive(manner: Manner) -> Case {
    Case {
        manner,
        ..Case::of(KEEP_ALIVE, Transport::Longpoll)
    }
}

/// A client that sends.
pub(super) fn upstream(transport: Transport, manner: Manner) -> Case {
    Case {
        manner,
        ..Case::of(UPSTREAM, transport)
    }
}

/// A client that connects.
pub(super) fn opening(transport: Transport) -> Case {
    Case::of(OPENING, transport)
}

/// Many readers, one message under way.
pub(super) fn cost(transport: Transport) -> Case {
    Case {
        load: Some(Load::InFlight(1)),
        ..Case::of(COST, transport)
    }
}

/// Connections that do nothing.
pub(super) fn idle(transport: Transport) -> Case {
    Case::of(IDLE, transport)
}

impl Case {
    fn of(experiment: &'static str, transport: Transport) -> Self {
        Self {
            experiment,
            transport,
            manner: Usual,
            load: None,
            server: Server::Ours,
        }
    }

    /// The same, of a server that does nothing but write.
    pub(super) fn limit(self) -> Self {
        Self {
            server: Server::Limit,
            ..self
        }
    }
}

/// What a verdict came from.
pub(super) enum Source<'a> {
    Experiment {
        name: &'a str,
        series: Vec<&'a Series>,
    },
    /// Facts of services as a whole, so many times measured.
    Facts { topic: Topic, repetitions: usize },
}

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

    pub(super) fn estimate(&self, case: Case, measure: &Measure) -> Result<Estimate, Absent> {
        measure.estimate(&self.series(&case)?.repetitions)
    }

    pub(super) fn compare(
        &self,
        first: Case,
        second: Case,
        measure: &Measure,
    ) -> Result<Comparison, Absent> {
        measure.compare(
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

    /// A figure of a service as a whole.
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

    /// How many threads were compared with as many processes.
    pub(super) fn workers(&self) -> usize {
        self.run.environment.settings.workers as usize
    }

    /// What was asked for so far, by experiment and topic.
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
            (&*scenario.experiment, scenario.transport, scenario.manner)
                == (case.experiment, case.transport, case.manner)
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
