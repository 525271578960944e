//! Closes a connection whose peer still sends.

use super::connection_limit::ConnectionPermit;
use socket2::SockRef;
use std::{net::Shutdown, time::Duration};
use tokio::{
    io::{AsyncReadExt, copy, sink},
    net::TcpStream,
    runtime::Handle,
    time::timeout,
};

/// How long a peer is read after its last response: as long as a body may take.
const MAX_DURATION: Duration = Duration::from_secs(10);
/// The most bytes that are read and dropped.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Closes a socket. If bytes are unread, ends the stream first and reads on until the peer ends it
/// too.
///
/// If the socket were closed with unread bytes, the kernel would send a RST. The peer might then
/// fail to send before it reads its response (RFC 9112 §9.6).
pub(super) fn linger_if_unread(io: TcpStream, permit: ConnectionPermit, expects_more: bool) {
    let is_needed = expects_more || has_unread(&io);
    if !is_needed || SockRef::from(&io).shutdown(Shutdown::Write).is_err() {
        return;
    }
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        let mut rest = io.take(MAX_BYTES);
        // The connection is closed in either case.
        let _ = timeout(MAX_DURATION, copy(&mut rest, &mut sink())).await;
        drop(permit);
    });
}

/// Returns whether the kernel has received bytes that are not read.
fn has_unread(io: &TcpStream) -> bool {
    SockRef::from(io)
        .peek(&mut [std::mem::MaybeUninit::uninit()])
        .is_ok_and(|length| length > 0)
}
