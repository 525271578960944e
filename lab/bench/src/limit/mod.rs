//! `lab limit`: the lower bound for the cost of messages on this kernel, to compare services with.
//!
//! One thread, epoll, no HTTP library, no checks. It accepts the requests of the services, responds
//! with fixed headers, and sends the same bytes to each subscriber with one `write`. What a service
//! costs beyond that is its own.
//!
//! - [`requests`]: the little that it parses
//! - [`bytes`]: everything that it writes
//! - [`room`]: its subscribers
//! - [`serve`]: the event loop

mod bytes;
mod requests;
mod room;
mod serve;

use anyhow::{Context, Result};
use clap::Args;
use client::Transport;
use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use support::{parent::end_with_parent, units::duration_within};

const MAX_WINDOW: Duration = Duration::from_secs(1);

/// Arguments of `lab limit`.
#[derive(Args)]
pub struct Limit {
    /// Transport to serve
    #[arg(value_enum)]
    transport: Transport,

    /// Port to listen on; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Time from a publication until it is written, so that messages in between share a write; 0
    /// for none
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration_within(Duration::ZERO..=MAX_WINDOW))]
    window: Duration,

    /// End when the process that started this one ends
    #[arg(long, hide = true)]
    with_parent: bool,
}

/// Serves until a signal ends the process.
///
/// # Errors
///
/// Names the address, and says why it cannot be served.
pub fn run(limit: &Limit) -> Result<Infallible> {
    if limit.with_parent {
        end_with_parent();
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, limit.port));
    serve::serve(address, limit.transport, limit.window).with_context(|| address.to_string())
}
