//! Sockets: the listener, and what every accepted connection is set to.

use super::{AcceptedSocket, connection_limit::ConnectionLimit, detach::DetachableStream};
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

/// Connections that wait to be accepted: the kernel's own maximum by default.
const BACKLOG: i32 = 4096;
/// A reader that takes nothing costs this much of the kernel's memory, not the default of megabytes.
const SEND_BUFFER: usize = 32 * 1024;
/// A peer that acknowledges nothing for this long is gone (RFC 5482). The kernel takes a reader that has no room for more
/// for one, so it waits longer than we do.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Headers of a response that is written before its request was read. It is the same for everybody, so that a page of any
/// origin may see it.
pub(crate) const FOR_ALL: &str = "cache-control: no-store\r\naccess-control-allow-origin: *\r\naccess-control-expose-headers: retry-after\r\n";

/// By how much, since the kernel and the hub count from different moments.
const MARGIN: Duration = Duration::from_secs(5);

/// Listens, and says in its error what to do when the port is taken.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, false)
}

/// Listens on all addresses of a host. One that this machine does not have is left out, such as `::1` without IPv6, unless
/// there is no other. Port 0 is any free port, the same for all.
pub(crate) fn listen_on_all(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
    let (mut listeners, mut missing) = (Vec::<TcpListener>::new(), None);
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

/// Whether this machine does not have the address, or not its family.
fn is_missing(error: &io::Error) -> bool {
    let no_family = Errno::AFNOSUPPORT.raw_os_error();
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(no_family)
}

/// Listens with so many sockets on one port, among which the kernel spreads connections evenly.
pub(crate) fn listen_together(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    // Another service of the same user that shares its port would share it with us, and nobody would notice.
    if address.port() != 0 {
        listen(address)?;
    }
    let first = listen_with_others(address)?;
    let address = first.local_addr()?;
    once(Ok(first))
        .chain((1..count).map(|_| listen_with_others(address)))
        .collect()
}

/// Listens on a port that others may have as well, if they said so too.
pub(crate) fn listen_with_others(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, true)
}

fn bind(address: SocketAddr, with_others: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(with_others)?;
    socket.set_nonblocking(true)?;
    let bound = socket
        .bind(&address.into())
        .and_then(|()| socket.listen(BACKLOG));
    bound.map_err(|error| io::Error::new(error.kind(), explain(address, &error)))?;
    Ok(socket.into())
}

fn explain(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("{address} is taken by another program"),
        ErrorKind::PermissionDenied => format!("{address}: ports below 1024 need a privilege"),
        _ => format!("{address}: {error}"),
    }
}

/// The service that turns accepted sockets into connections for actix.
pub(crate) fn accept(
    connections: ConnectionLimit,
    stalled: Duration,
) -> impl ServiceFactory<TcpStream, Config = (), Response = AcceptedSocket, Error = (), InitError = ()>
{
    fn_service(move |io: TcpStream| {
        let connections = connections.clone();
        async move {
            let gone = |error| log::debug!("a connection that was gone before it began: {error}");
            let peer = io.peer_addr().map_err(gone)?;
            let Some(connection) = connections.admit(peer.ip()) else {
                refuse(&io);
                return Err(());
            };
            set_up(&io, stalled).map_err(gone)?;
            Ok((DetachableStream::new(io, connection), Some(peer)))
        }
    })
}

fn set_up(io: &TcpStream, stalled: Duration) -> io::Result<()> {
    let socket = SockRef::from(io);
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED.max(stalled + MARGIN)))?;
    Ok(())
}

/// As good as an answer gets without reading the request.
fn refuse(io: &TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\n{FOR_ALL}connection: close\r\n\r\n"
    );
    let _ = SockRef::from(io).send(answer.as_bytes());
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
    fn an_address_that_the_machine_lacks_is_left_out_unless_it_is_the_only_one() {
        // For documentation (RFC 5737): no machine has it.
        let lacking = local("192.0.2.1", 0);
        let listeners = listen_on_all(&[lacking, local("127.0.0.1", 0)]).unwrap();
        assert_eq!(listeners.len(), 1);
        let error = listen_on_all(&[lacking]).unwrap_err().to_string();
        assert!(error.contains("192.0.2.1"), "{error}");
    }

    #[test]
    fn an_address_whose_port_is_taken_is_an_error() {
        let other = listen(local("127.0.0.2", 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        assert!(listen_on_all(&[local("127.0.0.1", port), local("127.0.0.2", port)]).is_err());
    }
}
