//! `lab bench channels`: how the cost of a channel depends on the number of channels.
//!
//! - [`command`]: its arguments
//! - [`setup`]: the services that are measured
//! - [`measurement`]: what is measured for one number of channels
//! - [`expiry`]: the slowest response while messages expire

mod command;
mod expiry;
mod measurement;
mod setup;

pub(super) use command::Channels;
