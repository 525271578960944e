//! Runs scenarios: starts a server, loads it, and counts.
//!
//! - [`machine`], [`server`], [`link`]: processes on cores of their own, the gate in front of them, and what the
//!   kernel says of both
//! - [`times`]: clocks before and after
//! - [`delivery`], [`publication`], [`opening`], [`comeback`], [`idle`]: one repetition of a scenario of each kind
//! - [`command`], [`plan`], [`rounds`], [`conduct`], [`doubts`]: `lab bench` itself, what it runs, in which order, the run, and
//!   what makes it doubtful

mod comeback;
pub(crate) mod command;
mod conduct;
mod delivery;
mod doubts;
mod idle;
mod link;
mod machine;
mod opening;
mod plan;
mod publication;
mod rounds;
mod server;
mod times;

use super::{
    result::Repetition,
    scenario::{Measures, Scenario},
};
use machine::Machine;
use times::Times;

/// One repetition of a scenario, and what makes it doubtful.
struct Outcome {
    repetition: Repetition,
    spent: Times,
    /// The first thing that went wrong, if anything did.
    trouble: Option<String>,
}

/// Runs a scenario once.
fn repetition(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    match scenario.measures {
        Measures::Delivery => delivery::run(scenario, machine),
        Measures::Publication => publication::run(scenario, machine),
        Measures::Opening => opening::run(scenario, machine),
        Measures::Idle => idle::run(scenario, machine),
        Measures::Comeback => comeback::run(scenario, machine),
    }
}
