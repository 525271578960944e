//! A delivery allocates the same number of blocks for ten subscribers and for a thousand, as
//! counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations. The clients use blocking I/O
//! and arrays, so that they allocate nothing.

use conformance::{Server, eventually};
use sse_svc::Sse;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const MESSAGES: u64 = 20;
const FEW: usize = 10;
const MANY: usize = 1000;

const SUBSCRIBE: &[u8] = b"GET /events?channel=c HTTP/1.1\r\nHost: x\r\n\r\n";
/// The end of a chunk with one event.
const EVENT_END: &[u8] = b"\n\n\r\n";
const PUBLISH: &[u8] =
    b"POST /messages?channel=c HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
      Content-Length: 13\r\n\r\n{\"message\":1}";

/// Connects, sends a request, and reads the response up to `end`.
fn connect(address: SocketAddr, request: &[u8], end: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    exchange(&mut socket, request, end);
    socket
}

fn exchange(socket: &mut TcpStream, request: &[u8], end: &[u8]) {
    socket.write_all(request).expect("the server reads");
    read_to(socket, end);
}

/// Reads until the received bytes end with `end`.
fn read_to(socket: &mut TcpStream, end: &[u8]) {
    let mut buffer = [0; 4096];
    let mut length = 0;
    while !buffer[..length].ends_with(end) {
        let read = socket
            .read(&mut buffer[length..])
            .expect("the server is there");
        assert!(read > 0, "the server closed");
        length += read;
    }
}

/// Returns the number of blocks that are allocated while all subscribers get messages.
fn blocks(publisher: &mut TcpStream, subscribers: &mut [TcpStream]) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..MESSAGES {
        exchange(publisher, PUBLISH, b"}");
        subscribers
            .iter_mut()
            .for_each(|subscriber| read_to(subscriber, EVENT_END));
    }
    dhat::HeapStats::get().total_blocks - before
}

fn count(address: SocketAddr) -> (u64, u64) {
    let mut publisher = connect(address, PUBLISH, b"}");
    let mut subscribers: Vec<_> = (0..FEW)
        .map(|_| connect(address, SUBSCRIBE, EVENT_END))
        .collect();
    blocks(&mut publisher, &mut subscribers);
    let few = blocks(&mut publisher, &mut subscribers);
    subscribers.extend((FEW..MANY).map(|_| connect(address, SUBSCRIBE, EVENT_END)));
    blocks(&mut publisher, &mut subscribers);
    (few, blocks(&mut publisher, &mut subscribers))
}

#[actix_web::test]
async fn a_delivery_allocates_the_same_for_any_number_of_subscribers() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server = Server::start::<Sse>(&["--workers", "1", "--heartbeat", "600"]);
    let address = server.address();
    let counting = thread::spawn(move || count(address));
    eventually("the count", async || counting.is_finished()).await;
    let (few, many) = counting.join().expect("no panic while counting");
    // Timers allocate a few blocks. One block for each subscriber would be 19800 more.
    assert!(
        many < few + 10 * MESSAGES,
        "{MESSAGES} messages: {few} blocks for {FEW} subscribers, {many} for {MANY}"
    );
}
