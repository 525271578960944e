//! The list of experiments. Each answers one question with scenarios that differ in one or two
//! aspects.

mod scenarios;

use crate::{
    metrics::{
        BYTES, CONNECTIONS, DOWN, KERNEL_MEMORY, LOST, Metric, P50, P99, PACKETS, PER_CPU,
        PER_SECOND, REQUESTS, TRAFFIC, UP, USER_MEMORY, WAKEUPS,
    },
    scenario::{
        ClientVariant::{self, NoCursor, OnePerAnswer, Usual},
        Link, Scenario,
        Transport::{self, Longpoll, Sse, Ws},
    },
};
use scenarios::{
    base, cost, idle, keep_alive, opening, peers, pressure, quiet, rate, reconnect, upstream,
    wakeups,
};

/// A question and the scenarios that answer it.
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The metrics in its reports.
    pub(crate) metrics: &'static [&'static Metric],
    /// Whether the scenarios of a round run at the same time. Only where all of them together leave
    /// the machine mostly idle.
    pub(crate) together: bool,
    /// Whether it runs only if it is asked for by name, because it takes minutes.
    pub(crate) on_request: bool,
    scenarios: fn(Scenario) -> Vec<Scenario>,
}

/// The metrics in reports of an experiment that is not in this list.
pub(crate) const USUAL: &[&Metric] = &[&PER_CPU, &P50, &P99, &LOST, &UP, &DOWN];

pub(crate) const RATE: &str = "rate";
/// Runs only with `--peers`.
pub(crate) const PEERS: &str = "peers";

/// What most experiments have in common.
const ALONE: Experiment = Experiment {
    name: "",
    title: "",
    metrics: USUAL,
    together: false,
    on_request: false,
    scenarios: |_| Vec::new(),
};
const TOGETHER: Experiment = Experiment {
    together: true,
    ..ALONE
};

pub(crate) const ALL: [Experiment; 11] = [
    Experiment {
        name: "cost",
        title: "Cost of one delivery on the server",
        metrics: &[&PER_CPU, &P50, &P99, &LOST],
        scenarios: cost,
        ..ALONE
    },
    Experiment {
        name: "quiet",
        title: "Latency without load",
        metrics: &[&P50, &P99, &LOST],
        scenarios: quiet,
        ..ALONE
    },
    Experiment {
        name: "pressure",
        title: "One million deliveries per second requested",
        metrics: &[&PER_SECOND, &PER_CPU, &P50, &P99, &LOST],
        scenarios: pressure,
        ..ALONE
    },
    Experiment {
        name: RATE,
        title: "Latency, loss and bytes at growing message rates",
        metrics: &[&P50, &P99, &LOST, &BYTES, &REQUESTS],
        scenarios: rate,
        ..TOGETHER
    },
    Experiment {
        name: "keep-alive",
        title: "Long polling with and without keep-alive",
        metrics: &[&P50, &BYTES, &REQUESTS, &CONNECTIONS],
        scenarios: keep_alive,
        ..TOGETHER
    },
    Experiment {
        name: "upstream",
        title: "What one message from the client costs",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        scenarios: upstream,
        ..TOGETHER
    },
    Experiment {
        name: "opening",
        title: "Cost of opening a connection",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        scenarios: opening,
        ..TOGETHER
    },
    Experiment {
        name: "comeback",
        title: "Time from a cut to the first missed message",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &LOST],
        scenarios: reconnect,
        ..TOGETHER
    },
    Experiment {
        name: "idle",
        title: "Memory of an idle connection",
        metrics: &[&USER_MEMORY, &KERNEL_MEMORY],
        scenarios: idle,
        ..ALONE
    },
    Experiment {
        name: "wakeups",
        title: "Wake-ups and packets of a quiet connection",
        metrics: &[&WAKEUPS, &PACKETS, &TRAFFIC],
        on_request: true,
        scenarios: wakeups,
        ..TOGETHER
    },
    Experiment {
        name: PEERS,
        title: "Other servers on the same machine",
        metrics: &[&PER_CPU, &P50, &P99, &LOST, &USER_MEMORY],
        on_request: true,
        scenarios: peers,
        ..ALONE
    },
];

/// Messages per second of a quiet connection: none, and one every half minute.
const QUIET_RATES: [f64; 2] = [0.0, 1.0 / 30.0];

/// Messages per second: intervals of 420, 200, 100, 50 and 20 ms, on a link with a round trip of
/// 100 ms.
pub(crate) const RATES: [f64; 5] = [1000.0 / 420.0, 5.0, 10.0, 20.0, 50.0];
/// A link with 50 ms in each direction, as between continents.
pub(crate) const FAR: Link = Link {
    delay_ms: 50.0,
    jitter_ms: 0.0,
    bytes_per_second: None,
};
const TRANSPORTS: [Transport; 3] = [Longpoll, Sse, Ws];
/// All kinds of subscribers, in the order of the reports.
pub(crate) const SUBSCRIBERS: [(Transport, ClientVariant); 5] = [
    (Longpoll, NoCursor),
    (Longpoll, OnePerAnswer),
    (Longpoll, Usual),
    (Sse, Usual),
    (Ws, Usual),
];

/// Returns the experiment with this name.
pub(crate) fn named(name: &str) -> Option<&'static Experiment> {
    const { &ALL }
        .iter()
        .find(|experiment| experiment.name == name)
}

impl Experiment {
    /// Returns the scenarios of one round.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        (self.scenarios)(base(self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_distinct() {
        for experiment in &ALL {
            let scenarios = experiment.scenarios();
            for (at, scenario) in scenarios.iter().enumerate() {
                assert!(!scenarios[..at].contains(scenario), "{scenario:?}");
                assert_eq!(scenario.experiment, experiment.name);
            }
        }
    }
}
