//! The list of experiments. Each answers one question with scenarios that differ in one or two
//! aspects.

mod scenarios;

use crate::{
    metrics::{
        BYTES, CONNECTIONS, DOWN, KERNEL_MEMORY, LOST, Metric, P50, P99, PER_CPU, PER_SECOND,
        REQUESTS, UP, USER_MEMORY,
    },
    scenario::{
        ClientVariant::{self, NoCursor, OnePerAnswer, Usual},
        Link, Scenario,
        Transport::{self, Longpoll, Sse, Ws},
    },
};
use scenarios::{cost, idle, keep_alive, opening, pressure, quiet, rate, reconnect, upstream};

/// A question and the scenarios that answer it.
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The metrics in its reports.
    pub(crate) metrics: &'static [&'static Metric],
    /// Whether the scenarios of a round run at the same time. Only where all of them together leave
    /// the machine mostly idle.
    pub(crate) together: bool,
    scenarios: fn(&Experiment) -> Vec<Scenario>,
}

/// The metrics in reports of an experiment that is not in this list.
pub(crate) const USUAL: &[&Metric] = &[&PER_CPU, &P50, &P99, &LOST, &UP, &DOWN];

pub(crate) const COST: &str = "cost";
pub(crate) const RATE: &str = "rate";
pub(crate) const KEEP_ALIVE: &str = "keep-alive";
pub(crate) const UPSTREAM: &str = "upstream";
pub(crate) const OPENING: &str = "opening";
pub(crate) const IDLE: &str = "idle";
pub(crate) const RECONNECT: &str = "comeback";
pub(crate) const QUIET: &str = "quiet";
pub(crate) const PRESSURE: &str = "pressure";

pub(crate) const ALL: [Experiment; 9] = [
    Experiment {
        name: COST,
        title: "Cost of one delivery on the server",
        metrics: &[&PER_CPU, &P50, &P99, &LOST],
        together: false,
        scenarios: cost,
    },
    Experiment {
        name: QUIET,
        title: "Latency without load",
        metrics: &[&P50, &P99, &LOST],
        together: false,
        scenarios: quiet,
    },
    Experiment {
        name: PRESSURE,
        title: "One million deliveries per second requested",
        metrics: &[&PER_SECOND, &PER_CPU, &P50, &P99, &LOST],
        together: false,
        scenarios: pressure,
    },
    Experiment {
        name: RATE,
        title: "Latency, loss and bytes at growing message rates",
        metrics: &[&P50, &P99, &LOST, &BYTES, &REQUESTS],
        together: true,
        scenarios: rate,
    },
    Experiment {
        name: KEEP_ALIVE,
        title: "Long polling with and without keep-alive",
        metrics: &[&P50, &BYTES, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: keep_alive,
    },
    Experiment {
        name: UPSTREAM,
        title: "What one message from the client costs",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: upstream,
    },
    Experiment {
        name: OPENING,
        title: "Cost of opening a connection",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &CONNECTIONS],
        together: true,
        scenarios: opening,
    },
    Experiment {
        name: RECONNECT,
        title: "Time from a cut to the first missed message",
        metrics: &[&P50, &UP, &DOWN, &REQUESTS, &LOST],
        together: true,
        scenarios: reconnect,
    },
    Experiment {
        name: IDLE,
        title: "Memory of an idle connection",
        metrics: &[&USER_MEMORY, &KERNEL_MEMORY],
        together: false,
        scenarios: idle,
    },
];

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
        (self.scenarios)(self)
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
