//! The options of accepted connections.

use socket2::SockRef;
use std::{io, net::TcpListener, time::Duration};
use tokio::net::TcpStream;

/// The kernel's memory for bytes that a blocked subscriber does not take, in bytes. The default is
/// megabytes.
const SEND_BUFFER: usize = 32 * 1024;
/// The kernel resets a connection whose peer acknowledges nothing for this long (RFC 5482).
///
/// It counts a peer with a full receive window too. So it waits longer than the hub, which
/// disconnects blocked subscribers.
const USER_TIMEOUT: Duration = Duration::from_secs(20);
/// Added to the hub's limit, since the kernel and the hub count from different moments.
const USER_TIMEOUT_MARGIN: Duration = Duration::from_secs(5);
/// Whether an accepted connection has the options of its listener: that saves three system calls
/// for each.
const ARE_INHERITED: bool = cfg!(target_os = "linux");

/// Sets the options of the connections that these listeners accept from now on, where the system
/// takes them from the listener. `max_stall` is how long a subscriber may be blocked.
///
/// # Errors
///
/// Returns an error if the system refuses an option.
pub fn set_connection_options(listeners: &[TcpListener], max_stall: Duration) -> io::Result<()> {
    if !ARE_INHERITED {
        return Ok(());
    }
    let mut listeners = listeners.iter();
    listeners.try_for_each(|listener| set(&SockRef::from(listener), max_stall))
}

/// Sets the options of an accepted connection, unless it has them from its listener.
pub(crate) fn set_if_not_inherited(io: &TcpStream, max_stall: Duration) -> io::Result<()> {
    if ARE_INHERITED {
        return Ok(());
    }
    set(&SockRef::from(io), max_stall)
}

fn set(socket: &SockRef<'_>, max_stall: Duration) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT.max(max_stall + USER_TIMEOUT_MARGIN)))?;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpStream};

    #[test]
    fn accepted_connections_have_the_options_of_their_listener() {
        let max_stall = Duration::from_secs(60);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        set_connection_options(std::slice::from_ref(&listener), max_stall).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap());
        // Linux doubles it, for its own overhead.
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * SEND_BUFFER);
        assert_eq!(
            socket.tcp_user_timeout().unwrap(),
            Some(max_stall + USER_TIMEOUT_MARGIN)
        );
    }
}
