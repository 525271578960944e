//! `lab bench processes`: compares the worker threads of one process with processes of one worker.
//!
//! - [`command`]: the arguments, and the list of measurements
//! - [`workers`]: start, memory, requests, and the distribution of connections
//! - [`messages`]: the way of one message
//! - [`burn`], [`death`]: the effect of a busy and of a killed one on the others

mod burn;
mod command;
mod death;
mod messages;
mod workers;

pub(super) use command::Processes;
