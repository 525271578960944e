//! What a delivery allocates, counted by the allocator itself: the same for ten subscribers and for a thousand.
//!
//! A program of its own, since it counts all that is allocated while it runs. The clients block and read into arrays, so
//! that nothing of what is counted is theirs.

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
/// Of an event that is alone in its chunk.
const EVENT_END: &[u8] = b"\n\n\r\n";
const PUBLISH: &[u8] =
    b"POST /messages?channel=c HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"message\":1}";

/// A connection that has said this and has read the answer up to `end`.
fn connect(address: SocketAddr, request: &[u8], end: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    exchange(&mut socket, request, end);
    socket
}

fn exchange(socket: &mut TcpStream, request: &[u8], end: &[u8]) {
    socket.write_all(request).expect("the server reads");
    read_to(socket, end);
}

/// Reads until what came last ends like this.
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

/// How many blocks are allocated for messages that all subscribers get, one after the other.
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
async fn a_delivery_allocates_as_much_for_a_thousand_readers_as_for_ten() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server = Server::start::<Sse>(&["--workers", "1", "--heartbeat", "600"]);
    let address = server.address();
    let counting = thread::spawn(move || count(address));
    eventually("the count", async || counting.is_finished()).await;
    let (few, many) = counting.join().expect("no panic while counting");
    // The service's own second hand and the test's wait allocate now and then; a block for each subscriber would be 19800 more.
    assert!(
        many < few + 10 * MESSAGES,
        "{MESSAGES} messages: {few} blocks for {FEW} subscribers, {many} for {MANY}"
    );
}
