//! The end of listening, after which nobody's connection has begun and is reset.
//!
//! The kernel finishes handshakes by itself, and closing a socket resets the connections that it has accepted and the
//! program has not. So first no new handshake begins, then those under way are finished and accepted, and then the socket is
//! closed.

use actix_server::ServerHandle;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use socket2::Socket;
use std::{
    io,
    net::{Shutdown, TcpListener},
    time::Duration,
};

/// How long a handshake under way may take: a few round trips to a proxy. A client that begins one meanwhile tries again after a
/// second, and is refused, or served by who has the port then; so this is short.
const HANDSHAKE: Duration = Duration::from_millis(10);
/// How long accepting what has come meanwhile may take.
const ACCEPTING: Duration = Duration::from_millis(500);
/// How often it is looked at.
const TICK: Duration = Duration::from_millis(5);

/// The sockets that a service listens on.
pub(crate) struct Listening(Vec<Socket>);

impl Listening {
    /// Those of these listeners, which the server goes on to accept from.
    pub(crate) fn on(listeners: &[TcpListener]) -> io::Result<Self> {
        listeners
            .iter()
            .map(|listener| listener.try_clone().map(Socket::from))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Closes the sockets for everybody who has them, when the server has accepted what came before.
    pub(crate) async fn close(&self, server: &ServerHandle) {
        self.0.iter().for_each(ignore_handshakes);
        tokio::time::sleep(HANDSHAKE).await;
        let accepted = async {
            while self.0.iter().any(has_connections) {
                tokio::time::sleep(TICK).await;
            }
        };
        if tokio::time::timeout(ACCEPTING, accepted).await.is_err() {
            log::warn!("connections that nobody accepted in time are reset");
        }
        server.pause().await;
        // An error means that it is closed already, or that it will be with the process.
        self.0
            .iter()
            .for_each(|socket| drop(socket.shutdown(Shutdown::Both)));
    }
}

/// From now on a handshake that begins has no answer. Those under way go on.
#[cfg(target_os = "linux")]
fn ignore_handshakes(socket: &Socket) {
    use socket2::SockFilter;
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    /// Where a segment has its flags, and two of those (RFC 9293 §3.1).
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    let program = [
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ];
    if let Err(error) = socket.attach_filter(&program) {
        log::debug!("connections that begin just now may be reset: {error}");
    }
}

/// Elsewhere one that begins just before the end may be reset.
#[cfg(not(target_os = "linux"))]
fn ignore_handshakes(_: &Socket) {}

/// Whether the kernel has accepted connections that the program has not.
fn has_connections(socket: &Socket) -> bool {
    let mut watched = [PollFd::new(socket, PollFlags::IN)];
    loop {
        match poll(
            &mut watched,
            Some(&Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            }),
        ) {
            Err(Errno::INTR) => {}
            ready => return ready.is_ok_and(|ready| ready > 0),
        }
    }
}
