//! The options of accepted connections.
//!
//! On Linux a connection has the options of its listening socket. So they are set once, before the
//! socket listens: no connection, however early, lacks them, and none costs a system call. On other
//! systems each connection gets them.

use socket2::SockRef;
use std::{io, time::Duration};

/// The kernel's memory for bytes that a blocked subscriber does not take, in bytes. The default is
/// megabytes.
const SEND_BUFFER: usize = 32 * 1024;
/// The kernel resets a connection whose peer acknowledges nothing for this long (RFC 5482).
///
/// It counts a peer with a full receive window too. So it waits longer than the hub, which
/// disconnects blocked subscribers.
const USER_TIMEOUT: Duration = Duration::from_secs(25);
/// Added to the hub's limit, since the kernel and the hub count from different moments.
const USER_TIMEOUT_MARGIN: Duration = Duration::from_secs(5);
/// Whether an accepted connection has the options of its listening socket.
const ARE_INHERITED: bool = cfg!(target_os = "linux");

/// Sets the options of the connections of a socket that is about to listen.
///
/// # Errors
///
/// If the system refuses an option.
pub(crate) fn set_before_listening(socket: &SockRef<'_>) -> io::Result<()> {
    if ARE_INHERITED {
        set_usual(socket)?;
    }
    Ok(())
}

/// Sets the options that an accepted connection does not have from its listening socket.
/// `max_stall` is how long a subscriber may be blocked.
///
/// # Errors
///
/// If the system refuses an option.
pub(crate) fn set_accepted(socket: &SockRef<'_>, max_stall: Duration) -> io::Result<()> {
    if !ARE_INHERITED {
        set_usual(socket)?;
    }
    let timeout = max_stall + USER_TIMEOUT_MARGIN;
    if timeout > USER_TIMEOUT {
        set_user_timeout(socket, timeout)?;
    }
    Ok(())
}

fn set_usual(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    set_user_timeout(socket, USER_TIMEOUT)
}

#[cfg(target_os = "linux")]
fn set_user_timeout(socket: &SockRef<'_>, timeout: Duration) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(timeout))
}

#[cfg(not(target_os = "linux"))]
fn set_user_timeout(_: &SockRef<'_>, _: Duration) -> io::Result<()> {
    Ok(())
}
