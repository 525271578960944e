//! An invented run for tests: every experiment, with three repetitions whose numbers depend on the
//! scenario.

use crate::environment::{Environment, Pinning, Settings};
use crate::{
    experiments,
    metrics::figures,
    result::{Memory, Repetition, Run, Series, Wire},
    scenario::{ClientVariant, Operation, Scenario, Server, Transport},
};
use std::{sync::LazyLock, time::Duration};
use support::histogram::Histogram;

/// Returns the run, which is computed once: its intervals take a second.
pub(crate) fn run() -> Run {
    static RUN: LazyLock<Run> = LazyLock::new(invented);
    RUN.clone()
}

fn invented() -> Run {
    let settings = Settings {
        workers: 1,
        nodelay: true,
        pinning: Some(Pinning {
            server: vec![0],
            load: vec![1],
        }),
    };
    let environment = Environment {
        date: "2026-11-22T14:30:00Z".to_owned(),
        ..Environment::here(settings)
    };
    let all = experiments::ALL.iter();
    let scenarios = all.flat_map(|experiment| experiment.scenarios());
    Run {
        series: scenarios.map(series).collect(),
        warnings: vec!["made <up>".to_owned()],
        ..Run::begin(environment)
    }
}

fn series(scenario: Scenario) -> Series {
    let repetitions: Vec<_> = (0..3).map(|round| repetition(&scenario, round)).collect();
    Series {
        figures: figures(&repetitions),
        scenario,
        repetitions,
    }
}

fn repetition(scenario: &Scenario, round: u64) -> Repetition {
    let idle = scenario.operation == Operation::Idle;
    let slow = if scenario.transport == Transport::Longpoll {
        100
    } else {
        51
    };
    let mut latency = Histogram::default();
    (0..if idle { 0 } else { 400 })
        .for_each(|at| latency.record(Duration::from_micros(slow * 1000 + at + round)));
    let memory = |connections| Memory {
        connections,
        user_bytes: 1_000_000 + 600 * connections + round,
        kernel_bytes: None,
    };
    Repetition {
        seconds: scenario.seconds,
        published: 400,
        operations: latency.count(),
        server_cpu_seconds: Some(
            if scenario.server == Server::Limit {
                0.9
            } else {
                1.0
            } + round as f64 / 100.0,
        ),
        load_cpu_seconds: 1.0,
        lost: if scenario.variant == ClientVariant::NoCursor {
            200
        } else {
            0
        },
        wire: Some(Wire {
            up_bytes: slow * 400,
            down_bytes: 51_000 + round,
            connections: 1,
            requests: slow,
            packets: Some(2 * slow),
            wakeups: Some(slow),
        }),
        memory: if idle {
            [0, 500, 1000].map(memory).into()
        } else {
            Vec::new()
        },
        latency,
        ..Repetition::default()
    }
}
