//! Each fault, and its end, as a client of a real service sees it.

mod http;

use crate::{
    Gate, Link,
    accept::RELISTEN_INTERVAL,
    fault::{Direction, Fault},
};
use conformance::{Client, Server, eventually, patient};
use serde_json::json;
use sse_svc::Sse;
use std::{
    io::{ErrorKind, Result},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::spawn_local,
    time::{sleep, timeout},
};
use ws_svc::Ws;

/// How long a test waits for something that must not happen.
const A_WHILE: Duration = Duration::from_millis(300);
/// Longer than a busy machine stops a client that sends something every `A_WHILE`.
const SILENCE: Duration = Duration::from_secs(6);
const LASTS: Option<Duration> = Some(Duration::from_millis(200));

/// Returns an SSE service, a gate in front of it, and a subscriber of channel `c`.
async fn scene() -> (Server, Gate, TcpStream) {
    let service = Server::start::<Sse>(&[]);
    let gate = Gate::before(service.address(), Link::default()).unwrap();
    let reader = subscribe(&gate).await;
    (service, gate, reader)
}

async fn subscribe(gate: &Gate) -> TcpStream {
    let mut reader = TcpStream::connect(gate.address()).await.unwrap();
    reader
        .write_all(b"GET /events?channel=c HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    until(&mut reader, "retry:").await.unwrap();
    reader
}

/// Reads until this text has arrived.
async fn until(reader: &mut TcpStream, text: &str) -> Result<String> {
    // Large enough for bytes that were held.
    let mut read = Vec::with_capacity(64 * 1024);
    while !String::from_utf8_lossy(&read).contains(text) {
        if patient(text, reader.read_buf(&mut read)).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(read).unwrap())
}

/// Returns the result of the next read.
async fn ends(reader: &mut TcpStream) -> Result<usize> {
    patient("an end", reader.read(&mut [0; 4096])).await
}

async fn is_silent(reader: &mut TcpStream) {
    assert!(
        timeout(A_WHILE, reader.read(&mut [0; 1])).await.is_err(),
        "something came, or the end"
    );
}

/// Waits on the gate's own thread, so that everything due there happens first, on slow machines
/// too.
async fn passes(gate: &Gate, time: Duration) {
    let (done, passed) = oneshot::channel();
    let wait = async move {
        sleep(time).await;
        let _ = done.send(());
    };
    gate.with_routes(move |_| drop(spawn_local(wait))).await;
    passed.await.unwrap();
}

/// Sends a GET through the gate and returns the status code.
async fn get(gate: &Gate, path: &str) -> u16 {
    let response = Client::ask(gate.address(), "GET", path, &[], "").await;
    response.status
}

fn is_reset<T: std::fmt::Debug>(ended: Result<T>) {
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[actix_web::test]
async fn a_cut_resets_open_connections_once() {
    let (service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::Cut, None).await;
    is_reset(ends(&mut reader).await);
    eventually("the service to notice", async || service.subscribers() == 0).await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn a_black_hole_resets_connections_that_lost_something() {
    let (service, gate, mut reader) = scene().await;
    let mut idle = TcpStream::connect(gate.address()).await.unwrap();
    eventually("both connections", async || gate.open().await == 2).await;
    gate.begin_fault(Fault::BlackHole, None).await;
    service.publish("c", json!("lost")).await;
    let mut new = TcpStream::connect(gate.address()).await.unwrap();
    new.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    is_silent(&mut new).await;
    drop(service);
    is_silent(&mut reader).await;
    gate.end_faults().await;
    is_reset(ends(&mut reader).await);
    is_reset(ends(&mut new).await);
    // Its service has closed meanwhile, which the black hole hid.
    is_reset(ends(&mut idle).await);
}

#[actix_web::test]
async fn a_connection_that_lost_nothing_in_a_black_hole_continues() {
    let (service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::BlackHole, LASTS).await;
    eventually("its end", async || {
        gate.with_routes(|routes| routes.all[0].faults().is_empty())
            .await
    })
    .await;
    service.publish("c", json!("after")).await;
    until(&mut reader, "after").await.unwrap();
}

#[actix_web::test]
async fn frozen_bytes_arrive_after_the_fault() {
    let (service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::Freeze(Direction::Down), None).await;
    service.publish("c", json!("late")).await;
    is_silent(&mut reader).await;
    gate.end_faults().await;
    until(&mut reader, "late").await.unwrap();

    gate.begin_fault(Fault::Freeze(Direction::Up), LASTS).await;
    let before = gate.counters().await.up;
    assert_eq!(get(&gate, "/health/live").await, 200);
    assert!(gate.counters().await.up.bytes > before.bytes);
}

#[actix_web::test]
async fn a_refusing_gate_listens_on_its_port_again_afterwards() {
    let (service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::Refuse, None).await;
    let refused = async || {
        TcpStream::connect(gate.address())
            .await
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    eventually("a refusal", refused).await;
    service.publish("c", json!("open ones go on")).await;
    until(&mut reader, "go on").await.unwrap();
    gate.end_faults().await;
    eventually("a listener", async || {
        TcpStream::connect(gate.address()).await.is_ok()
    })
    .await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn a_second_refuse_before_it_listens_again_takes_effect() {
    let (_service, gate, _reader) = scene().await;
    gate.begin_fault(Fault::Refuse, None).await;
    let mut stranger = None;
    eventually("the port to be free", async || {
        stranger = std::net::TcpListener::bind(gate.address()).ok();
        stranger.is_some()
    })
    .await;
    gate.end_faults().await;
    // The gate has tried to bind the port once.
    passes(&gate, Duration::from_millis(1)).await;
    gate.begin_fault(Fault::Refuse, None).await;
    drop(stranger);
    // Long enough for the gate to try again, if it did.
    passes(&gate, 2 * RELISTEN_INTERVAL).await;
    let refused = TcpStream::connect(gate.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[actix_web::test]
async fn only_silent_connections_reach_the_idle_timeout() {
    let (service, gate, mut reader) = scene().await;
    let mut client = Client::connect(gate.address()).await;
    gate.begin_fault(Fault::IdleTimeout(SILENCE), None).await;
    let mut next = [0];
    let ended = loop {
        assert_eq!(client.get("/health/live").await.status, 200);
        if let Ok(read) = timeout(A_WHILE, reader.read(&mut next)).await {
            break read.unwrap();
        }
    };
    assert_eq!(ended, 0, "the silent one has ended");
    eventually("the service to notice", async || service.subscribers() == 0).await;
}
