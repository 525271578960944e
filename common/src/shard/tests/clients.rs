//! The sockets of clients, and times.

use bytes::{Bytes, BytesMut};
use net::{ConnectionPermit, Detached};
use socket2::SockRef;
use std::{
    io::Read,
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

/// The resolution of the shard's clock.
pub(super) const TENTH: Duration = Duration::from_millis(100);
/// What is asked of the kernel for each direction; it takes up to twice as much.
pub(super) const KERNEL_BUFFER: usize = 64 * 1024;
pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Reads everything that a client gets until its connection ends.
pub(super) fn read_all(mut client: TcpStream) -> String {
    let mut text = String::new();
    client
        .read_to_string(&mut text)
        .expect("the end of the connection in time");
    text
}

pub(super) fn connect() -> (TcpStream, Detached) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let client = TcpStream::connect(listener.local_addr().unwrap()).expect("a listener");
    client.set_read_timeout(Some(seconds(20))).unwrap();
    let (io, _) = listener.accept().expect("a client");
    io.set_nonblocking(true).unwrap();
    SockRef::from(&client)
        .set_recv_buffer_size(KERNEL_BUFFER)
        .unwrap();
    SockRef::from(&io)
        .set_send_buffer_size(KERNEL_BUFFER)
        .unwrap();
    let detached = Detached {
        io: tokio::net::TcpStream::from_std(io).unwrap(),
        unwritten: Bytes::new(),
        headers: BytesMut::new(),
        read_ahead: Bytes::new(),
        permit: ConnectionPermit::for_test(),
    };
    (client, detached)
}
