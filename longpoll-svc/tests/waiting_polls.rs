//! The memory of polls of several channels that wait, as counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations.

use conformance::{Server, eventually};
use longpoll_svc::LongPoll;
use serde_json::json;
use std::{io::Write, net::TcpStream};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const FEW: usize = 20;
const MANY: usize = 80;

/// Returns the target of a poll of this many channels, each with a message that it has.
async fn target(server: &Server, channels: usize) -> String {
    let (mut names, mut cursors) = (Vec::new(), Vec::new());
    for number in 0..channels {
        let name = format!("c{number}");
        let id = server.publish(&name, json!(1)).await;
        cursors.push(format!("{name}@{id}"));
        names.push(name);
    }
    let (names, cursors) = (names.join(","), cursors.join(","));
    format!("/poll?channel={names}&after={cursors}&wait=60")
}

/// Returns the bytes in use once this many polls wait.
async fn bytes(server: &Server, target: &str, polls: &mut Vec<TcpStream>, count: usize) -> usize {
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    polls.extend((polls.len()..count).map(|_| {
        let mut socket = TcpStream::connect(server.address()).expect("the server listens");
        socket
            .write_all(request.as_bytes())
            .expect("the server reads");
        socket
    }));
    eventually("polls that wait", async || {
        server.metric("readers", "longpoll") == count as u64
    })
    .await;
    dhat::HeapStats::get().curr_bytes
}

async fn bytes_of_each(channels: usize) -> usize {
    let server = Server::start::<LongPoll>(&["--workers", "1"]);
    let target = target(&server, channels).await;
    let mut polls = Vec::new();
    let few = bytes(&server, &target, &mut polls, FEW).await;
    let many = bytes(&server, &target, &mut polls, MANY).await;
    many.saturating_sub(few) / (MANY - FEW)
}

#[actix_web::test]
async fn a_poll_of_several_channels_takes_the_memory_that_is_documented() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let (two, most) = (bytes_of_each(2).await, bytes_of_each(64).await);
    assert!(
        two < 34_000 && two < most && most < 60_000,
        "{two} bytes with 2 channels, {most} with 64"
    );
}
