//! The scenarios of each experiment.

use super::{Experiment, FAR, QUIET_RATES, RATES, SUBSCRIBERS, TRANSPORTS};
use crate::scenario::{
    ClientVariant::{NewConnection, Usual},
    Link, Load, Operation, Scenario, Server,
    Transport::{Longpoll, Sse, Ws},
};

impl Experiment {
    /// Returns the base scenario: one distant subscriber and messages of 100 bytes.
    fn base(&self) -> Scenario {
        Scenario {
            experiment: self.name.to_owned(),
            transport: Longpoll,
            variant: Usual,
            operation: Operation::Delivery,
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

pub(super) fn cost(experiment: &Experiment) -> Vec<Scenario> {
    let of = |(readers, in_flight)| {
        beside_the_limit(&Scenario {
            readers,
            load: Load::InFlight(in_flight),
            ..near(experiment)
        })
    };
    let all = [(1000, 1), (1000, 16), (5000, 1), (5000, 16)];
    all.into_iter().flat_map(of).collect()
}

pub(super) fn quiet(experiment: &Experiment) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 1000,
        load: Load::PerSecond(10.0),
        ..near(experiment)
    })
}

pub(super) fn pressure(experiment: &Experiment) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 5000,
        load: Load::PerSecond(200.0),
        seconds: 5.0,
        ..near(experiment)
    })
}

/// Returns the scenario over each transport.
fn over_each(base: &Scenario) -> Vec<Scenario> {
    let over = |transport| Scenario {
        transport,
        ..base.clone()
    };
    TRANSPORTS.map(over).into()
}

/// Returns the base scenario of many subscribers on this machine.
fn near(experiment: &Experiment) -> Scenario {
    Scenario {
        link: Link::default(),
        seconds: 2.0,
        warm_up_seconds: 0.5,
        ..experiment.base()
    }
}

/// Returns the scenario over each transport, from a service and from `lab limit`.
fn beside_the_limit(base: &Scenario) -> Vec<Scenario> {
    let servers = |scenario: Scenario| {
        [Server::Limit, Server::Ours].map(|server| Scenario {
            server,
            ..scenario.clone()
        })
    };
    over_each(base).into_iter().flat_map(servers).collect()
}

pub(super) fn reconnect(experiment: &Experiment) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Reconnect,
        ..experiment.base()
    })
}

pub(super) fn rate(experiment: &Experiment) -> Vec<Scenario> {
    let at = |rate| {
        let reader = move |(transport, variant)| Scenario {
            transport,
            variant,
            readers: 2,
            load: Load::PerSecond(rate),
            ..experiment.base()
        };
        SUBSCRIBERS.map(reader)
    };
    RATES.into_iter().flat_map(at).collect()
}

pub(super) fn keep_alive(experiment: &Experiment) -> Vec<Scenario> {
    let reader = |variant| Scenario {
        variant,
        load: Load::PerSecond(2.0),
        ..experiment.base()
    };
    [Usual, NewConnection].map(reader).into()
}

pub(super) fn upstream(experiment: &Experiment) -> Vec<Scenario> {
    let by = |(transport, variant)| Scenario {
        transport,
        variant,
        operation: Operation::Publication,
        ..experiment.base()
    };
    [
        (Longpoll, Usual),
        (Longpoll, NewConnection),
        (Sse, Usual),
        (Ws, Usual),
    ]
    .map(by)
    .into()
}

pub(super) fn opening(experiment: &Experiment) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Opening,
        ..experiment.base()
    })
}

pub(super) fn idle(experiment: &Experiment) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Idle,
        readers: 8000,
        link: Link::default(),
        ..experiment.base()
    })
}

pub(super) fn wakeups(experiment: &Experiment) -> Vec<Scenario> {
    let at = |rate| {
        over_each(&Scenario {
            operation: Operation::Quiet,
            load: Load::PerSecond(rate),
            // Five heartbeats, and three waits of a poll.
            seconds: 75.0,
            // The opening is over, and followed by a silence.
            warm_up_seconds: 2.0,
            ..experiment.base()
        })
    };
    QUIET_RATES.into_iter().flat_map(at).collect()
}

/// Messages per second at which all peers are compared: low enough for each of them.
const PEERS_RATE: f64 = 20.0;

pub(super) fn peers(experiment: &Experiment) -> Vec<Scenario> {
    let base = near(experiment);
    let deliveries = [
        Load::InFlight(1),
        Load::InFlight(16),
        Load::PerSecond(PEERS_RATE),
    ]
    .map(|load| Scenario {
        readers: 1000,
        load,
        ..base.clone()
    });
    let idle = Scenario {
        operation: Operation::Idle,
        readers: 2000,
        ..base.clone()
    };
    let single = |operation| Scenario {
        operation,
        load: Load::InFlight(16),
        ..base.clone()
    };
    let of = |transport| {
        let mut all = deliveries.to_vec();
        all.push(idle.clone());
        // Nothing tells when a poll of another server is open.
        all.extend((transport != Longpoll).then(|| single(Operation::Opening)));
        all.extend((transport == Ws).then(|| single(Operation::Echo)));
        all.into_iter().map(move |scenario| Scenario {
            transport,
            ..scenario
        })
    };
    TRANSPORTS.into_iter().flat_map(of).collect()
}
