//! `lab bench processes`: worker threads of one process beside processes of one worker each, by the same measurements.
//!
//! - [`command`]: its arguments, and what is measured in which order
//! - [`notes`], [`topic`]: where measurements are kept, and under which names
//! - [`start`], [`memory`], [`messages`], [`requests`]: what each costs
//! - [`spread`]: who gets which connection
//! - [`burn`], [`death`]: what happens to the others when one is busy, and when one dies

pub(super) mod burn;
mod command;
mod death;
pub(super) mod memory;
pub(super) mod messages;
pub(super) mod notes;
pub(super) mod requests;
pub(super) mod spread;
mod start;
pub(super) mod topic;

pub(super) use command::Processes;
