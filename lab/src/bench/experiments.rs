//! What is measured, as a list: each experiment answers one question, by scenarios that differ in one or two things.

use super::{
    figures::{
        BYTES, CONNECTIONS, DOWN, KERNEL_MEMORY, LOST, Measure, P50, P99, PER_CPU, PER_SECOND,
        REQUESTS, UP, USER_MEMORY,
    },
    scenario::{
        Link, Load,
        Manner::{self, NewConnection, NoCursor, OnePerAnswer, Usual},
        Measures, Scenario, Server,
        Transport::{self, Longpoll, Sse, Ws},
    },
};

/// What somebody asks, and what answers it.
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What its reports show.
    pub(crate) measures: &'static [&'static Measure],
    /// Whether the scenarios of a round run at the same time. Only where all of them together leave the machine idle.
    pub(crate) together: bool,
    scenarios: fn(&Experiment) -> Vec<Scenario>,
}

/// What reports show of an experiment that is not in this list.
pub(crate) const USUAL: &[&Measure] = &[&PER_CPU, &P50, &P99, &LOST, &UP, &DOWN];

pub(crate) const COST: &str = "cost";
pub(crate) const RATE: &str = "rate";
pub(crate) const KEEP_ALIVE: &str = "keep-alive";
pub(crate) const UPSTREAM: &str = "upstream";
pub(crate) const OPENING: &str = "opening";
pub(crate) const IDLE: &str = "idle";
pub(crate) const COMEBACK: &str = "comeback";
pub(crate) const QUIET: &str = "quiet";
pub(crate) const PRESSURE: &str = "pressure";

pub(crate) const ALL: [Experiment; 9] = [
    Experiment {
        name: COST,
        title: "What one delivery costs the server",
        measures: &[&PER_CPU, &P50, &P99, &LOST],
        together: false,
        scenarios: cost,
    },
    Experiment {
        name: QUIET,
        title: "Latency where nothing is in the way",
        measures: &[&P50, &P99, &LOST],
        together: false,
        scenarios: quiet,
    },
    Experiment {
        name: PRESSURE,
        title: "A million deliveries a second asked for",
        measures: &[&PER_SECOND, &PER_CPU, &P50, &P99, &LOST],
        together: false,
        scenarios: pressure,
    },
    Experiment {
        name: RATE,
        title: "Latency, loss and bytes as messages come faster",
        measures: &[&P50, &P99, &LOST, &BYTES, &REQUESTS],
        together: true,
        scenarios: rate,
    },
    Experiment {
        name: KEEP_ALIVE,
        title: "Long polling with and without keep-alive",
        measures: &[&P50, &BYTES, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: keep_alive,
    },
    Experiment {
        name: UPSTREAM,
        title: "What one message from the client costs",
        measures: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: upstream,
    },
    Experiment {
        name: OPENING,
        title: "What it takes to open a connection",
        measures: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: opening,
    },
    Experiment {
        name: COMEBACK,
        title: "From a cut until the message that was missed",
        measures: &[&P50, &UP, &DOWN, &REQUESTS, &LOST],
        together: true,
        scenarios: comeback,
    },
    Experiment {
        name: IDLE,
        title: "What an idle connection holds",
        measures: &[&USER_MEMORY, &KERNEL_MEMORY],
        together: false,
        scenarios: idle,
    },
];

/// Messages a second: gaps of 420, 200, 100, 50 and 20 ms, on a link whose round trip takes 100 ms.
pub(crate) const RATES: [f64; 5] = [1000.0 / 420.0, 5.0, 10.0, 20.0, 50.0];
/// 50 ms each way: from one continent to the next.
pub(crate) const FAR: Link = Link {
    delay_ms: 50.0,
    jitter_ms: 0.0,
    bytes_per_second: None,
};
const TRANSPORTS: [Transport; 3] = [Longpoll, Sse, Ws];
/// Everybody who reads, in the order of the reports.
pub(crate) const READERS: [(Transport, Manner); 5] = [
    (Longpoll, NoCursor),
    (Longpoll, OnePerAnswer),
    (Longpoll, Usual),
    (Sse, Usual),
    (Ws, Usual),
];

/// The experiment with this name, if it is one of [`ALL`].
pub(crate) fn named(name: &str) -> Option<&'static Experiment> {
    const { &ALL }
        .iter()
        .find(|experiment| experiment.name == name)
}

impl Experiment {
    /// The scenarios of one round.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        (self.scenarios)(self)
    }

    /// One reader far away who takes 100 bytes at a time: what the others differ from.
    fn base(&self) -> Scenario {
        Scenario {
            experiment: self.name.to_owned(),
            transport: Longpoll,
            manner: Usual,
            measures: Measures::Delivery,
            server: Server::Ours,
            readers: 1,
            load: Load::InFlight(1),
            payload_bytes: 100,
            seconds: 5.0,
            warm_up_seconds: 1.0,
            link: FAR,
        }
    }
}

fn cost(experiment: &Experiment) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (readers, load) in [
        (1000, Load::InFlight(1)),
        (1000, Load::InFlight(16)),
        (5000, Load::InFlight(1)),
        (5000, Load::InFlight(16)),
    ] {
        all.extend(beside_the_limit(&Scenario {
            readers,
            load,
            ..near(experiment)
        }));
    }
    all
}

fn quiet(experiment: &Experiment) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 1000,
        load: Load::PerSecond(10.0),
        ..near(experiment)
    })
}

fn pressure(experiment: &Experiment) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 5000,
        load: Load::PerSecond(200.0),
        seconds: 5.0,
        ..near(experiment)
    })
}

/// Many readers on this machine.
fn near(experiment: &Experiment) -> Scenario {
    Scenario {
        link: Link::default(),
        seconds: 2.0,
        warm_up_seconds: 0.5,
        ..experiment.base()
    }
}

/// Over each transport, from a service and from the limit.
fn beside_the_limit(base: &Scenario) -> Vec<Scenario> {
    let servers = |transport| {
        [Server::Limit, Server::Ours].map(|server| Scenario {
            transport,
            server,
            ..base.clone()
        })
    };
    TRANSPORTS.into_iter().flat_map(servers).collect()
}

fn comeback(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        measures: Measures::Comeback,
        ..experiment.base()
    };
    TRANSPORTS
        .map(|transport| Scenario {
            transport,
            ..base.clone()
        })
        .into()
}

fn rate(experiment: &Experiment) -> Vec<Scenario> {
    let at = |rate| {
        let reader = move |(transport, manner)| Scenario {
            transport,
            manner,
            readers: 2,
            load: Load::PerSecond(rate),
            ..experiment.base()
        };
        READERS.map(reader)
    };
    RATES.into_iter().flat_map(at).collect()
}

fn keep_alive(experiment: &Experiment) -> Vec<Scenario> {
    let reader = |manner| Scenario {
        manner,
        load: Load::PerSecond(2.0),
        ..experiment.base()
    };
    [Usual, NewConnection].map(reader).into()
}

fn upstream(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        measures: Measures::Publication,
        ..experiment.base()
    };
    [
        (Longpoll, Usual),
        (Longpoll, NewConnection),
        (Sse, Usual),
        (Ws, Usual),
    ]
    .map(|(transport, manner)| Scenario {
        transport,
        manner,
        ..base.clone()
    })
    .into()
}

fn opening(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        measures: Measures::Opening,
        ..experiment.base()
    };
    TRANSPORTS
        .map(|transport| Scenario {
            transport,
            ..base.clone()
        })
        .into()
}

fn idle(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        measures: Measures::Idle,
        readers: 8000,
        link: Link::default(),
        ..experiment.base()
    };
    TRANSPORTS
        .map(|transport| Scenario {
            transport,
            ..base.clone()
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scenario_is_run_twice() {
        for experiment in &ALL {
            let scenarios = experiment.scenarios();
            for (at, scenario) in scenarios.iter().enumerate() {
                assert!(!scenarios[..at].contains(scenario), "{scenario:?}");
                assert_eq!(scenario.experiment, experiment.name);
            }
        }
    }
}
