//! `lab bench processes`: worker threads of one process beside processes of one worker each, by the same measurements.
//!
//! - [`command`]: its arguments, and what is measured in which order
//! - [`notes`]: where measurements are kept
//! - [`start`], [`memory`], [`messages`], [`requests`]: what each costs
//! - [`spread`]: who gets which connection
//! - [`burn`], [`death`]: what happens to the others when one is busy, and when one dies

mod burn;
mod command;
mod death;
mod memory;
mod messages;
pub(super) mod notes;
mod requests;
mod spread;
mod start;

pub(super) use command::Processes;
