//! The memory of idle connections, as counted by the allocator of a test program.

use super::{Server, eventually};
use std::{io::Write, net::TcpStream};

/// The tables of a service double: at these numbers of connections they are full.
const FEW: usize = 512;
const MANY: usize = 1024;
/// What an allocator adds to a block, in bytes: its size, and the rest up to a multiple of 16.
const BLOCK_OVERHEAD: usize = 16;

/// Returns how many bytes each connection takes that sends this request, and then nothing.
///
/// `name` is that of the transport in the service's metrics; `in_use` returns how many bytes, and in
/// how many blocks, the test program with the service in it has allocated.
pub async fn bytes_of_each_connection(
    server: &Server,
    name: &str,
    request: &str,
    in_use: impl Fn() -> (usize, usize),
) -> usize {
    let mut sockets = Vec::with_capacity(MANY);
    let mut at_counts = [0; 2];
    for (at, count) in at_counts.iter_mut().zip([FEW, MANY]) {
        sockets.extend((sockets.len()..count).map(|_| open(server, request)));
        eventually("idle connections", async || {
            server.metric("readers", name) == count as u64
        })
        .await;
        let (bytes, blocks) = in_use();
        *at = bytes + blocks * BLOCK_OVERHEAD;
    }
    (at_counts[1] - at_counts[0]).div_ceil(MANY - FEW)
}

fn open(server: &Server, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).expect("the server listens");
    socket
        .write_all(request.as_bytes())
        .expect("the server reads");
    socket
}
