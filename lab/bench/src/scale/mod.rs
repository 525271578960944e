//! `lab bench scale`: holds many connections to one port, over several processes on both sides.
//! Open files limit a process, and local ports limit an address.
//!
//! - [`command`]: its arguments, and the measurement
//! - [`subscriber_process`]: a process with subscribers, `lab bench crowd`
//! - [`subscribers`]: all of them, as the measurement sees them

mod command;
mod subscriber_process;
mod subscribers;

pub(super) use command::Scale;
pub(super) use subscriber_process::SubscribersArgs;
