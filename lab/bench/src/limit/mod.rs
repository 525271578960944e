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

use clap::Args;
use client::Transport;
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};
use support::parent::end_with_parent;

/// Arguments of `lab limit`.
#[derive(Args)]
pub struct Limit {
    /// Transport to serve
    #[arg(value_enum)]
    transport: Transport,

    /// Port to listen on; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Milliseconds from a publication until it is written, so that messages in between share a
    /// write
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
    window: u64,

    /// End when the process that started this one ends
    #[arg(long, hide = true)]
    with_parent: bool,
}

/// Serves until a signal ends the process.
pub fn run(limit: &Limit) -> ExitCode {
    if limit.with_parent {
        end_with_parent();
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, limit.port));
    let Err(error) = serve::serve(
        address,
        limit.transport,
        Duration::from_millis(limit.window),
    );
    eprintln!("error: {address}: {error}");
    ExitCode::FAILURE
}
