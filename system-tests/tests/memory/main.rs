//! The memory that one client can make a service hold. Each attack stays within the amount that the
//! service reports at its start, and other clients are served during and after it. Connections and
//! limits are smaller than in a real attack.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod peers;
mod service;

use system_tests::{http::handshake, process};

use peers::Peers;
use service::Service;

/// Connections of an attack.
const MANY: usize = 400;
/// The largest body, in bytes.
const BODY: usize = 256 * 1024;

/// Returns a request with an incomplete body.
fn half_post(path: &str, declared: usize, sent: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {declared}\r\n\r\n\
         {{\"message\":\""
    );
    [head.into_bytes(), vec![b'x'; sent]].concat()
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

/// Returns an incomplete text frame.
fn half_frame(declared: usize, sent: usize) -> Vec<u8> {
    let header = [&[0x81, 0xff][..], &(declared as u64).to_be_bytes(), &[0; 4]].concat();
    [header, vec![b'x'; sent]].concat()
}

#[test]
fn half_heads() {
    for transport in ["longpoll", "sse", "ws"] {
        let service = Service::start(transport, &[]);
        let mut peers = Peers::connect(&service, MANY);
        peers.send(|at| {
            [
                b"GET / HTTP/1.1\r\nHost: x\r\nA: ".to_vec(),
                vec![b'a' + (at % 26) as u8; 125_000],
            ]
            .concat()
        });
        service.holds_out(peers);
    }
}

#[test]
fn requests_behind_one_that_waits() {
    let service = Service::start("longpoll", &[]);
    let mut peers = Peers::connect(&service, MANY);
    peers.send(|_| [get("/poll"), get("/worker").repeat(4000)].concat());
    service.holds_out(peers);
}

#[test]
fn half_bodies() {
    for transport in ["longpoll", "sse", "ws"] {
        let service = Service::start(transport, &[]);
        let mut peers = Peers::connect(&service, MANY);
        peers.send(|_| half_post("/messages?channel=a", BODY, BODY - 100));
        service.holds_out(peers);
    }
}

#[test]
fn responses_that_are_not_read() {
    for (transport, path) in [
        ("longpoll", "/messages"),
        ("longpoll", "/poll"),
        ("sse", "/messages"),
        ("ws", "/messages"),
    ] {
        let service = Service::start(transport, &["--history-bytes", "1048576"]);
        service.fill("a", 20, 50_000);
        let mut peers = Peers::connect(&service, MANY);
        peers.send(|_| get(&format!("{path}?channel=a&after=0&limit=1000")));
        service.holds_out(peers);
    }
}

#[test]
fn responses_at_many_cursors_of_many_channels() {
    let service = Service::start(
        "longpoll",
        &["--history-bytes", "1048576", "--max-channels", "40"],
    );
    let channels: Vec<_> = (0..30).map(|at| format!("a{at}")).collect();
    let cursors: Vec<_> = channels
        .iter()
        .map(|channel| service.fill(channel, 20, 40_000))
        .collect();
    let mut peers = Peers::connect(&service, channels.len() * 8);
    // The first poll parks, so the hub recognises the next one, which has an older cursor.
    let poll = |at: usize, offset: usize| {
        let (channel, (epoch, head)) = (at / 8, &cursors[at / 8]);
        let after = if offset == 0 {
            *head
        } else {
            *head - 8 - (at as u64 % 8)
        };
        get(&format!(
            "/poll?channel={}&after={epoch}-{after}&wait=60",
            channels[channel]
        ))
    };
    peers.send(|at| poll(at, 0));
    service.readers(channels.len() as i64 * 8);
    channels
        .iter()
        .for_each(|channel| drop(service.fill(channel, 1, 10)));
    peers.read_all();
    peers.send(|at| poll(at, 1));
    peers.read_all();
    service.holds_out(peers);
}

#[test]
fn subscribers_that_do_not_read() {
    for (transport, path) in [("sse", "/events"), ("ws", "/ws")] {
        let service = Service::start(transport, &["--history-bytes", "4194304"]);
        let (epoch, head) = service.fill("a", 40, 100_000);
        let mut peers = Peers::connect(&service, MANY);
        peers.send(|at| {
            let target = format!(
                "{path}?channel=a&after={epoch}-{}",
                head - 39 + (at as u64 % 39)
            );
            if transport == "ws" {
                handshake(&target).into_bytes()
            } else {
                get(&target)
            }
        });
        service.holds_out(peers);
    }
}

#[test]
fn half_messages() {
    for path in ["/ws?channel=a", "/echo", "/"] {
        let service = Service::start("ws", &[]);
        let mut peers = Peers::connect(&service, MANY);
        peers.send(|_| [handshake(path).into_bytes(), half_frame(BODY, BODY - 1)].concat());
        service.holds_out(peers);
    }
}

#[test]
fn compatibility_websockets_that_do_not_read() {
    for path in ["/echo", "/"] {
        let service = Service::start("ws", &[]);
        let mut peers = Peers::connect(&service, MANY);
        // Empty texts, whose replies are larger than they are, and then a large text.
        let empty = [0x81, 0x80, 0, 0, 0, 0].repeat(30_000);
        peers.send(|_| [handshake(path).as_bytes(), &empty, &half_frame(BODY, BODY)].concat());
        service.holds_out(peers);
    }
}
