//! `lab limit`: the least that carrying messages can cost on this kernel, to measure services against.
//!
//! One thread, epoll, no HTTP library, no checks: it answers the same requests with fixed heads, and writes the same bytes to
//! every reader with one `write` each. What a service costs beyond that is its own.
//!
//! - [`requests`]: the little it reads
//! - [`bytes`]: all that it writes
//! - [`room`]: its readers and what they get
//! - [`serve`]: the loop

mod bytes;
mod requests;
mod room;
mod serve;

use crate::{client::Transport, serve::end_with_parent};
use clap::Args;
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

#[derive(Args)]
pub(crate) struct Limit {
    /// What it speaks
    #[arg(value_enum)]
    transport: Transport,

    /// Port to listen on; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Milliseconds from a publication until it is written, so that what is published meanwhile leaves in the same write
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
    window: u64,

    /// End when the process that started this ends, however it does
    #[arg(long, hide = true)]
    with_parent: bool,
}

/// Serves until it is ended by a signal.
pub(crate) fn run(limit: &Limit) -> ExitCode {
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
