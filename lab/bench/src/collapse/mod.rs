//! `lab bench collapse`: what a service sends for each message when a cache is in front of its
//! polls, beside polls without a cache and streams through the same nginx.
//!
//! - [`command`]: the arguments
//! - [`front`]: a service behind nginx, with a counting link between them
//! - [`measure`]: subscribers of one kind, and the traffic that their messages cost

mod command;
mod front;
mod measure;

pub(super) use command::Collapse;
