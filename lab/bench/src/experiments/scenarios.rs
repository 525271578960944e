//! The scenarios of each experiment.

use super::{Experiment, FAR, RATES, SUBSCRIBERS, TRANSPORTS};
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
    let servers = |transport| {
        [Server::Limit, Server::Ours].map(|server| Scenario {
            transport,
            server,
            ..base.clone()
        })
    };
    TRANSPORTS.into_iter().flat_map(servers).collect()
}

pub(super) fn reconnect(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        operation: Operation::Reconnect,
        ..experiment.base()
    };
    TRANSPORTS
        .map(|transport| Scenario {
            transport,
            ..base.clone()
        })
        .into()
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
    let base = Scenario {
        operation: Operation::Publication,
        ..experiment.base()
    };
    [
        (Longpoll, Usual),
        (Longpoll, NewConnection),
        (Sse, Usual),
        (Ws, Usual),
    ]
    .map(|(transport, variant)| Scenario {
        transport,
        variant,
        ..base.clone()
    })
    .into()
}

pub(super) fn opening(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        operation: Operation::Opening,
        ..experiment.base()
    };
    TRANSPORTS
        .map(|transport| Scenario {
            transport,
            ..base.clone()
        })
        .into()
}

pub(super) fn idle(experiment: &Experiment) -> Vec<Scenario> {
    let base = Scenario {
        operation: Operation::Idle,
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
