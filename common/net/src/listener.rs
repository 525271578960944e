//! Binds listeners, and prepares every accepted connection for actix.

use super::{
    AcceptedSocket,
    connection_limit::ConnectionLimit,
    connection_options::{set_accepted, set_before_listening},
    detach::DetachableStream,
    early_responses::too_many_connections,
};
use actix_service::{ServiceFactory, fn_service};
use rustix::io::Errno;
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    io::{self, ErrorKind},
    iter::once,
    net::{SocketAddr, TcpListener},
    time::Duration,
};
use tokio::net::TcpStream;

/// The number of connections that may wait to be accepted: Linux's own maximum by default.
const BACKLOG: i32 = 4096;

/// Listens on one address.
///
/// # Errors
///
/// Returns an error that names the address and the reason.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, false)
}

/// Listens on all addresses of a host. Port 0 is any free port, the same for all.
///
/// Addresses that this machine does not have are left out, such as `::1` without IPv6.
///
/// # Errors
///
/// Returns an error if the machine has none of the addresses, or cannot listen on one that it has.
pub fn listen_on_all(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::<TcpListener>::new();
    let mut missing = None;
    for address in addresses {
        let port = match listeners.first() {
            Some(first) => first.local_addr()?.port(),
            None => address.port(),
        };
        match listen(SocketAddr::new(address.ip(), port)) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing(&error) => missing = Some(error),
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

/// Returns whether this machine does not have the address, or its family.
fn is_missing(error: &io::Error) -> bool {
    let no_family = Errno::AFNOSUPPORT.raw_os_error();
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(no_family)
}

/// Listens with `count` sockets on one port. The kernel spreads connections evenly among them.
///
/// # Errors
///
/// Returns an error if the port is taken or cannot be bound.
pub fn listen_shared_many(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    // Probe without SO_REUSEPORT, closed at once: with it alone, another service of the same user
    // would silently share the port.
    if address.port() != 0 {
        listen(address)?;
    }
    let first = listen_shared(address)?;
    let address = first.local_addr()?;
    once(Ok(first))
        .chain((1..count).map(|_| listen_shared(address)))
        .collect()
}

/// Listens on a port that other sockets may share (`SO_REUSEPORT`).
///
/// # Errors
///
/// Returns an error that names the address and the reason.
pub fn listen_shared(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, true)
}

fn bind(address: SocketAddr, is_shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(is_shared)?;
    socket.set_nonblocking(true)?;
    set_before_listening(&SockRef::from(&socket))?;
    let bound = socket
        .bind(&address.into())
        .and_then(|()| socket.listen(BACKLOG));
    bound.map_err(|error| io::Error::new(error.kind(), explain(address, &error)))?;
    Ok(socket.into())
}

fn explain(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("{address} is taken by another program"),
        ErrorKind::PermissionDenied => {
            format!("{address}: ports below 1024 need the privilege to bind them")
        }
        _ => format!("{address}: {error}"),
    }
}

/// Returns the service that turns accepted sockets into connections for actix.
///
/// It enforces the limit itself, so that excess clients get a 503 instead of waiting in the
/// backlog.
pub fn accept(
    limit: ConnectionLimit,
    max_stall: Duration,
) -> impl ServiceFactory<TcpStream, Config = (), Response = AcceptedSocket, Error = (), InitError = ()>
{
    fn_service(move |io: TcpStream| {
        let limit = limit.clone();
        async move {
            let log_closed =
                |error| log::debug!("listener: a connection closed before it was served: {error}");
            let peer = io.peer_addr().map_err(log_closed)?;
            let Some(permit) = limit.admit(peer.ip()) else {
                refuse(&io);
                return Err(());
            };
            set_accepted(&SockRef::from(&io), max_stall).map_err(log_closed)?;
            Ok((DetachableStream::accepted(io, permit), Some(peer)))
        }
    })
}

/// Responds 503 without reading the request.
fn refuse(io: &TcpStream) {
    // Best effort: a peer without room for the response gets none.
    let _ = SockRef::from(io).send(too_many_connections().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(host: &str, port: u16) -> SocketAddr {
        SocketAddr::new(host.parse().unwrap(), port)
    }

    #[test]
    fn all_addresses_of_a_host_have_one_port() {
        let listeners = listen_on_all(&[local("127.0.0.1", 0), local("127.0.0.2", 0)]).unwrap();
        let ports: Vec<_> = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().port())
            .collect();
        assert_eq!((ports.len(), ports[0]), (2, ports[1]));
    }

    #[test]
    fn a_missing_address_is_left_out_unless_it_is_the_only_one() {
        // For documentation (RFC 5737): no machine has it.
        let missing = local("192.0.2.1", 0);
        let listeners = listen_on_all(&[missing, local("127.0.0.1", 0)]).unwrap();
        assert_eq!(listeners.len(), 1);
        let error = listen_on_all(&[missing]).unwrap_err().to_string();
        assert!(error.contains("192.0.2.1"), "{error}");
    }

    #[test]
    fn an_address_whose_port_is_taken_is_an_error() {
        let other = listen(local("127.0.0.2", 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        assert!(listen_on_all(&[local("127.0.0.1", port), local("127.0.0.2", port)]).is_err());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_first_connection_has_its_options_from_the_listener() {
        let listener = listen(local("127.0.0.1", 0)).unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap());
        // Linux doubles it, for its own overhead.
        assert_eq!(socket.send_buffer_size().unwrap(), 64 * 1024);
        for (max_stall, expected) in [(10, 25), (20, 25), (60, 65)] {
            set_accepted(&socket, Duration::from_secs(max_stall)).unwrap();
            let timeout = socket.tcp_user_timeout().unwrap();
            assert_eq!(timeout, Some(Duration::from_secs(expected)));
        }
    }
}
