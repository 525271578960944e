//! The scenarios of each experiment, from its base: one distant subscriber and messages of 100
//! bytes.

use super::{FAR, QUIET_RATES, RATES, SUBSCRIBERS, TRANSPORTS};
use crate::scenario::{
    ClientVariant::{NewConnection, Usual},
    Link, Load, Operation, Scenario, Server,
    Transport::{Longpoll, Sse, Ws},
};

/// Messages per second at which all peers are compared: low enough for each of them.
const PEERS_RATE: f64 = 20.0;

/// Returns the base scenario of an experiment.
pub(super) fn base(experiment: &str) -> Scenario {
    Scenario {
        experiment: experiment.to_owned(),
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

/// Returns the base scenario of many subscribers on this machine.
fn near(base: Scenario) -> Scenario {
    Scenario {
        link: Link::default(),
        seconds: 2.0,
        warm_up_seconds: 0.5,
        ..base
    }
}

/// Returns the scenario over each transport.
fn over_each(base: &Scenario) -> Vec<Scenario> {
    let over = |transport| Scenario {
        transport,
        ..base.clone()
    };
    TRANSPORTS.map(over).into()
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

pub(super) fn cost(base: Scenario) -> Vec<Scenario> {
    let base = near(base);
    let of = |(readers, in_flight)| {
        beside_the_limit(&Scenario {
            readers,
            load: Load::InFlight(in_flight),
            ..base.clone()
        })
    };
    let all = [(1000, 1), (1000, 16), (5000, 1), (5000, 16)];
    all.into_iter().flat_map(of).collect()
}

pub(super) fn quiet(base: Scenario) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 1000,
        load: Load::PerSecond(10.0),
        ..near(base)
    })
}

pub(super) fn pressure(base: Scenario) -> Vec<Scenario> {
    beside_the_limit(&Scenario {
        readers: 5000,
        load: Load::PerSecond(200.0),
        seconds: 5.0,
        ..near(base)
    })
}

pub(super) fn rate(base: Scenario) -> Vec<Scenario> {
    let at = |rate| {
        SUBSCRIBERS.map(|(transport, variant)| Scenario {
            transport,
            variant,
            readers: 2,
            load: Load::PerSecond(rate),
            ..base.clone()
        })
    };
    RATES.into_iter().flat_map(at).collect()
}

pub(super) fn keep_alive(base: Scenario) -> Vec<Scenario> {
    let reader = |variant| Scenario {
        variant,
        load: Load::PerSecond(2.0),
        ..base.clone()
    };
    [Usual, NewConnection].map(reader).into()
}

pub(super) fn upstream(base: Scenario) -> Vec<Scenario> {
    let clients = [
        (Longpoll, Usual),
        (Longpoll, NewConnection),
        (Sse, Usual),
        (Ws, Usual),
    ];
    let by = |(transport, variant)| Scenario {
        transport,
        variant,
        operation: Operation::Publication,
        ..base.clone()
    };
    clients.map(by).into()
}

pub(super) fn opening(base: Scenario) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Opening,
        ..base
    })
}

pub(super) fn reconnect(base: Scenario) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Reconnect,
        ..base
    })
}

pub(super) fn idle(base: Scenario) -> Vec<Scenario> {
    over_each(&Scenario {
        operation: Operation::Idle,
        readers: 8000,
        link: Link::default(),
        ..base
    })
}

pub(super) fn wakeups(base: Scenario) -> Vec<Scenario> {
    let at = |rate| {
        over_each(&Scenario {
            operation: Operation::Quiet,
            load: Load::PerSecond(rate),
            // Five heartbeats, and three waits of a poll.
            seconds: 75.0,
            // The opening is over, and followed by a silence.
            warm_up_seconds: 2.0,
            ..base.clone()
        })
    };
    QUIET_RATES.into_iter().flat_map(at).collect()
}

pub(super) fn peers(base: Scenario) -> Vec<Scenario> {
    let base = near(base);
    let with = |operation, readers, load| Scenario {
        operation,
        readers,
        load,
        ..base.clone()
    };
    let of = |transport| {
        let single = Load::InFlight(16);
        let mut all = vec![
            with(Operation::Delivery, 1000, Load::InFlight(1)),
            with(Operation::Delivery, 1000, Load::InFlight(16)),
            with(Operation::Delivery, 1000, Load::PerSecond(PEERS_RATE)),
            with(Operation::Idle, 2000, base.load),
        ];
        // Nothing tells when a poll of another server is open.
        all.extend((transport != Longpoll).then(|| with(Operation::Opening, 1, single)));
        all.extend((transport == Ws).then(|| with(Operation::Echo, 1, single)));
        all.into_iter().map(move |scenario| Scenario {
            transport,
            ..scenario
        })
    };
    TRANSPORTS.into_iter().flat_map(of).collect()
}
