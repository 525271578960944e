//! Runs scenarios: starts a server, loads it, and counts.
//!
//! - [`cores`], [`server`], [`procfs`]: processes on cores of their own, and what the kernel says of them
//! - [`delivery`]: one repetition of a scenario of this kind
//! - [`plan`], [`command`]: which scenarios in which order, and `lab bench` itself

pub(crate) mod command;
mod cores;
mod delivery;
mod plan;
mod procfs;
mod server;

use super::{
    result::Repetition,
    scenario::{Measures, Scenario, Transport},
};
use crate::client;
use cores::Cores;

/// One repetition of a scenario, and what makes it doubtful.
pub(super) struct Outcome {
    pub(super) repetition: Repetition,
    pub(super) warnings: Vec<String>,
}

/// Runs a scenario once.
fn repetition(scenario: &Scenario, cores: &Cores) -> Result<Outcome, String> {
    match scenario.measures {
        Measures::Delivery => delivery::run(scenario, cores),
        other => Err(format!("{other:?} cannot be measured yet")),
    }
}

fn spoken(transport: Transport) -> client::Transport {
    match transport {
        Transport::Longpoll => client::Transport::Longpoll,
        Transport::Sse => client::Transport::Sse,
        Transport::Ws => client::Transport::Ws,
    }
}
