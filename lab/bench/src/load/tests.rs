//! The load against services in the same process: exact counts of what arrives.

use super::{counters::Counters, engine::Engine, pace::Pace, target::Target};
use actix_web::rt::task::spawn_blocking;
use client::Transport;
use conformance::{PATIENCE, Server};
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};
use ws_svc::Ws;

const TRANSPORTS: [Transport; 3] = [Transport::Longpoll, Transport::Sse, Transport::Ws];
const READERS: usize = 20;

fn start(transport: Transport) -> Server {
    match transport {
        Transport::Longpoll => Server::start::<LongPoll>(&[]),
        Transport::Sse => Server::start::<Sse>(&[]),
        Transport::Ws => Server::start::<Ws>(&[]),
    }
}

/// A load is a thread's only work: the service needs another.
async fn with_load<R: Send + 'static>(
    server: &Server,
    transport: Transport,
    act: impl FnOnce(&mut Engine) -> R + Send + 'static,
) -> R {
    let target = Target::ours(transport, &format!("http://{}", server.address()), "c").unwrap();
    spawn_blocking(move || act(&mut Engine::new(target, 100).unwrap()))
        .await
        .unwrap()
}

/// Returns the duplicates, the messages in a wrong order, the resets and the lost connections.
fn flaws(counted: &Counters) -> [u64; 4] {
    [
        counted.duplicated,
        counted.reordered,
        counted.resets,
        counted.ended,
    ]
}

/// Waits until every subscriber has every message: longer than a measurement, which counts what
/// comes late as lost.
fn settle(load: &mut Engine) {
    let end = Instant::now() + PATIENCE;
    while load.settle().unwrap() > 0 {
        assert_eq!(load.first_error(), None);
        assert!(Instant::now() < end, "messages are missing");
    }
    assert_eq!(load.first_error(), None);
}

#[actix_web::test]
async fn everything_arrives_once_and_in_order_in_a_closed_loop() {
    for (transport, in_flight) in TRANSPORTS
        .into_iter()
        .flat_map(|transport| [(transport, 1), (transport, 16)])
    {
        let server = start(transport);
        with_load(&server, transport, move |load| {
            load.connect(READERS).unwrap();
            let mut pace = Pace::closed(in_flight, READERS, 0);
            let end = Instant::now() + PATIENCE;
            // More than are in flight at once: arrivals made room for others.
            while load.published() < 3 * in_flight as u64 {
                assert!(Instant::now() < end, "{transport:?}: nothing makes room");
                load.run(&mut pace, Duration::from_millis(50)).unwrap();
            }
            settle(load);
            let counters = load.take_counters();
            assert_eq!(counters.received, counters.published * READERS as u64);
            assert_eq!(counters.latency.count(), counters.received);
            assert_eq!(counters.opening.count(), READERS as u64);
            assert_eq!(
                (counters.acknowledged, counters.refused),
                (counters.published, 0)
            );
            assert_eq!(flaws(&counters), [0; 4]);
        })
        .await;
    }
}

#[actix_web::test]
async fn a_schedule_is_kept_whatever_arrives() {
    for transport in TRANSPORTS {
        let server = start(transport);
        with_load(&server, transport, move |load| {
            load.connect(READERS).unwrap();
            let start = super::clock::now();
            load.run(&mut Pace::open(100.0, start), Duration::from_millis(305))
                .unwrap();
            settle(load);
            let counters = load.take_counters();
            // The load may end later than it should, but it does not publish less.
            assert!(counters.published >= 31, "{transport:?}: {counters:?}");
            let expected = counters.published * READERS as u64;
            assert_eq!(counters.received, expected, "{transport:?}");
        })
        .await;
    }
}

#[actix_web::test]
async fn who_is_cut_misses_nothing() {
    for transport in TRANSPORTS {
        let server = start(transport);
        with_load(&server, transport, move |load| {
            load.connect(READERS).unwrap();
            let mut pace = Pace::open(200.0, super::clock::now());
            for reader in 0..READERS {
                load.run(&mut pace, Duration::from_millis(20)).unwrap();
                load.reconnect(reader).unwrap();
            }
            settle(load);
            let counters = load.take_counters();
            assert_eq!(counters.received, counters.published * READERS as u64);
            assert_eq!(flaws(&counters)[..3], [0; 3]);
        })
        .await;
    }
}

/// As a service of a busy machine responds: late, but not never.
#[test]
fn a_poll_with_a_cursor_is_open_with_its_response_and_not_before() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let read = client.read(&mut [0; 4096]).unwrap();
        assert!(read > 0);
        thread::sleep(Duration::from_millis(1500));
        let response =
            b"HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"messages\":[],\"cursor\":\"7-0\"}  ";
        client.write_all(response).unwrap();
        client
    });
    let target = Target::ours(Transport::Longpoll, &base, "c").unwrap();
    let mut load = Engine::new(target, 100).unwrap();
    load.connect(1).unwrap();
    let opened = load.take_counters().opening.count();
    assert_eq!(opened, 1, "taken for open without a response");
    drop(served.join());
}

#[actix_web::test]
async fn a_refusal_is_reported_with_its_status() {
    let server = start(Transport::Sse);
    let wrong = with_load(&server, Transport::Ws, |load| load.connect(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        wrong.contains("/ws?channel=c") && wrong.contains("404"),
        "{wrong}"
    );
}
