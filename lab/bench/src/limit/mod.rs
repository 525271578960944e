//! `lab limit`: the lower bound for the cost of messages on this kernel, to compare services with.
//!
//! One thread, epoll, no HTTP library, no checks. It accepts the requests of the services, responds
//! with fixed headers, and sends the same bytes to each subscriber with one `write`. What a service
//! costs beyond that is its own.
//!
//! - [`requests`]: the little that it parses
//! - [`bytes`]: everything that it writes
//! - [`room`]: its subscribers

mod bytes;
mod requests;
mod room;

use anyhow::{Context, Result};
use clap::Args;
use client::Transport;
use mio::{Events, Interest, Poll, Token, net::TcpListener};
use net::listen;
use room::Room;
use service::server::raise_open_files;
use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use support::{parent::end_with_parent, units::duration_within};

const LISTENER: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
const BUFFER: usize = 64 * 1024;
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
    serve(address, limit.transport, limit.window).with_context(|| address.to_string())
}

/// Serves on this address until an error.
fn serve(address: SocketAddr, transport: Transport, window: Duration) -> io::Result<Infallible> {
    raise_open_files();
    let mut listener = TcpListener::from_std(listen(address)?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS);
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    eprintln!("limit: listening on http://{}", listener.local_addr()?);
    let mut room = Room::new(transport);
    let mut buffer = vec![0; BUFFER];
    let mut due: Option<Instant> = None;
    loop {
        let timeout = due.map(|due| due.saturating_duration_since(Instant::now()));
        poll.poll(&mut events, timeout)?;
        for event in &events {
            match event.token() {
                LISTENER => accept(&listener, &mut room, poll.registry())?,
                Token(peer) => room.turn(peer, &mut buffer),
            }
        }
        if room.is_due() && *due.get_or_insert_with(|| Instant::now() + window) <= Instant::now() {
            room.write();
            due = None;
        }
    }
}

fn accept(listener: &TcpListener, room: &mut Room, registry: &mio::Registry) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((io, _)) => room.enter(io, registry)?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
