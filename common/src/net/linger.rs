//! The end of a connection whose peer still speaks.

use super::connection_limit::ConnectionPermit;
use socket2::SockRef;
use std::{net::Shutdown, time::Duration};
use tokio::{
    io::{AsyncReadExt, copy, sink},
    net::TcpStream,
    runtime::Handle,
    time::timeout,
};

/// For how long at most a peer is listened to after its last response: as long as a body may take.
const LONGEST: Duration = Duration::from_secs(10);
/// How many bytes of it at most are read and dropped.
const MOST: u64 = 64 * 1024 * 1024;

/// Sends the end of the stream, and reads on until the peer ends it as well.
///
/// Closed with unread bytes, the kernel would send a reset, and the peer might fail to send before it sees its response
/// (RFC 9112 §9.6).
pub(super) fn linger(io: TcpStream, connection: ConnectionPermit) {
    let (Ok(()), Ok(runtime)) = (
        SockRef::from(&io).shutdown(Shutdown::Write),
        Handle::try_current(),
    ) else {
        return;
    };
    runtime.spawn(async move {
        let (mut rest, mut nowhere) = (io.take(MOST), sink());
        // Whether it ended in time makes no difference to anybody.
        let _ = timeout(LONGEST, copy(&mut rest, &mut nowhere)).await;
        drop(connection);
    });
}

/// Whether something was received that nobody has read.
pub(super) fn has_unread(io: &TcpStream) -> bool {
    SockRef::from(io)
        .peek(&mut [std::mem::MaybeUninit::uninit()])
        .is_ok_and(|length| length > 0)
}
