//! Runs scenarios: starts a server, loads it, and counts operations.
//!
//! - [`machine`], [`server`], [`gated_link`]: processors, the server under test, and the gate in
//!   front of it
//! - [`usage`]: clocks and counters, read before and after
//! - [`delivery`], [`publication`], [`opening`], [`reconnect`], [`idle`]: one repetition of each
//!   operation
//! - [`command`], [`plan`], [`rounds`], [`execute`]: the arguments, and the run in its order
//! - [`disturbances`]: reasons to doubt the figures

pub mod command;
mod delivery;
mod disturbances;
mod execute;
mod gated_link;
mod idle;
mod machine;
mod opening;
mod plan;
mod publication;
mod reconnect;
mod rounds;
mod server;
mod usage;

use super::{
    result::Repetition,
    scenario::{Operation, Scenario},
};
use anyhow::Result;
use machine::Machine;
use usage::Usage;

/// One repetition of a scenario, with reasons to doubt it.
struct MeasuredRepetition {
    repetition: Repetition,
    usage: Usage,
    /// The first error of the load.
    first_error: Option<String>,
}

/// Runs one repetition of a scenario.
fn repetition(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    match scenario.operation {
        Operation::Delivery => delivery::run(scenario, machine),
        Operation::Publication => publication::run(scenario, machine),
        Operation::Opening => opening::run(scenario, machine),
        Operation::Idle => idle::run(scenario, machine),
        Operation::Reconnect => reconnect::run(scenario, machine),
    }
}
