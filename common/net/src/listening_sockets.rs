//! Closes listening sockets without resetting a connection.
//!
//! The kernel completes handshakes by itself. Closing a listening socket resets the connections
//! that the program has not accepted. So first no new handshake begins, then those under way are
//! completed and accepted, and then the socket is closed.

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

/// How long handshakes under way may take: a few round trips to a proxy.
///
/// A client that begins one meanwhile gets no reply and retries after a second. So this is short.
const HANDSHAKE_TIME: Duration = Duration::from_millis(10);
/// How long the server may take to accept the connections that wait.
const ACCEPT_TIMEOUT: Duration = Duration::from_millis(500);
/// How often the sockets are checked for connections that wait.
const CHECK_INTERVAL: Duration = Duration::from_millis(5);

/// The sockets that a service listens on.
pub struct ListeningSockets(Vec<Socket>);

impl ListeningSockets {
    /// Duplicates the sockets of these listeners, from which the server continues to accept.
    ///
    /// # Errors
    ///
    /// If the process has no more descriptors.
    pub fn of(listeners: &[TcpListener]) -> io::Result<Self> {
        listeners
            .iter()
            .map(|listener| listener.try_clone().map(Socket::from))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Closes the sockets, also for other processes that share them, when the server has accepted
    /// all connections.
    pub async fn close(&self, server: &ServerHandle) {
        self.0.iter().for_each(ignore_handshakes);
        tokio::time::sleep(HANDSHAKE_TIME).await;
        let accepted = async {
            while self.0.iter().any(has_connections) {
                tokio::time::sleep(CHECK_INTERVAL).await;
            }
        };
        if tokio::time::timeout(ACCEPT_TIMEOUT, accepted)
            .await
            .is_err()
        {
            log::warn!("listener: connections not accepted within {ACCEPT_TIMEOUT:?} are reset");
        }
        server.pause().await;
        self.shut_down();
    }

    /// Closes the sockets at once, also for other processes that share them. Connections that wait
    /// are reset.
    pub fn shut_down(&self) {
        for socket in &self.0 {
            // Fails if the socket is closed already. Otherwise it is closed with the process.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Drops the SYN of new handshakes from now on. Handshakes under way continue.
#[cfg(target_os = "linux")]
fn ignore_handshakes(socket: &Socket) {
    use socket2::SockFilter;
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    /// The offset of the flags in a segment, and two of the flags (RFC 9293 §3.1).
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
        log::debug!("listener: connections that begin now may be reset: {error}");
    }
}

/// Does nothing: on other systems a connection that begins just before the end may be reset.
#[cfg(not(target_os = "linux"))]
fn ignore_handshakes(_: &Socket) {}

/// Returns whether connections wait to be accepted.
fn has_connections(socket: &Socket) -> bool {
    const NO_WAIT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut watched = [PollFd::new(socket, PollFlags::IN)];
    loop {
        match poll(&mut watched, Some(&NO_WAIT)) {
            Err(Errno::INTR) => {}
            ready => return ready.is_ok_and(|ready| ready > 0),
        }
    }
}
