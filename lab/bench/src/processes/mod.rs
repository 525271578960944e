//! `lab bench processes`: compares the worker threads of one process with processes of one worker.
//!
//! - [`command`]: the arguments, and the list of measurements
//! - [`setup`], [`topic`]: what they share, and their names
//! - [`start`], [`memory`], [`messages`], [`requests`]: the cost of each
//! - [`spread`]: how connections are distributed
//! - [`burn`], [`death`]: the effect of a busy and of a killed one on the others

pub(super) mod burn;
mod command;
mod death;
pub(super) mod memory;
pub(super) mod messages;
pub(super) mod requests;
mod setup;
pub(super) mod spread;
mod start;
pub(super) mod topic;

pub(super) use command::Processes;
