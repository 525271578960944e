//! `lab bench scale`: as many connections as are asked for, to one port, over several processes on both sides: a process may
//! have only so many open files, and an address only so many ports.
//!
//! - [`command`]: its arguments, and the measurement
//! - [`crowd`]: readers in a process of their own, as `lab bench crowd`
//! - [`crowds`]: all of them, as the measurement sees them
//! - [`tally`]: what a crowd says of itself

mod command;
mod crowd;
mod crowds;
mod tally;

pub(super) use command::Scale;
pub(super) use crowd::Crowd;
