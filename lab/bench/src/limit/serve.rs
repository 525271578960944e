//! The event loop: accepts, reads, writes.

use super::room::Room;
use client::Transport;
use mio::{Events, Interest, Poll, Token, net::TcpListener};
use net::listen;
use service::server::raise_open_files;
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

const LISTENER: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
const BUFFER: usize = 64 * 1024;

/// Serves on this address until an error.
pub(super) fn serve(
    address: SocketAddr,
    transport: Transport,
    window: Duration,
) -> io::Result<Infallible> {
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
