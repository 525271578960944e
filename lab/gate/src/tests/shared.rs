//! The shared origin of the three services.

use crate::{Counters, Gate, Link, RouteConfig, Upstream};
use broker::{Broker, Memory};
use conformance::{Client, Server, eventually, patient};
use longpoll_svc::LongPoll;
use net::listen;
use serde_json::json;
use service::server::TransportService;
use sse_svc::Sse;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_svc::Ws;

pub(super) struct Origin {
    pub(super) services: [Server; 3],
    pub(super) gate: Gate,
}

pub(super) async fn origin() -> Origin {
    let broker = Broker::Memory(Memory::new(100));
    let services = [
        start::<LongPoll>(&broker),
        start::<Sse>(&broker),
        start::<Ws>(&broker),
    ];
    let upstream = Upstream::Services(
        services
            .each_ref()
            .map(|service| service.address().to_string()),
    );
    let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let entry = RouteConfig {
        name: "shared",
        listener,
        upstream,
        captured: false,
    };
    Origin {
        services,
        gate: Gate::start(vec![entry], Link::default()).unwrap(),
    }
}

fn start<T: TransportService + Default>(broker: &Broker) -> Server {
    Server::sharing::<T>(&[], broker.clone())
}

fn connections(services: &[Server; 3]) -> [i64; 3] {
    services
        .each_ref()
        .map(|service| service.running().service().hub.metrics().connections.get())
}

#[actix_web::test]
async fn requests_reach_services_by_path_over_one_connection_each() {
    let Origin { services, gate } = origin().await;
    let mut client = Client::connect(gate.address()).await;
    for round in 1..=3 {
        let body = json!({ "message": round }).to_string();
        let published = client.post("/messages?channel=c", &body).await;
        assert_eq!(published.status, 200);
        let polled = client.get("/poll?channel=c&after=0").await.json();
        assert_eq!(polled["messages"].as_array().unwrap().len(), round);
        assert_eq!(client.post("/events", "").await.status, 405);
        assert_eq!(client.get("/ws?channel=c").await.status, 426);
        client.send("HEAD", "/health/live", &[], "").await;
        assert_eq!(client.head().await.status, 200);
    }
    assert_eq!(connections(&services), [1, 1, 1]);
    let Counters {
        connections,
        requests,
        ..
    } = gate.counters().await;
    assert_eq!(
        (connections, requests.get, requests.post, requests.other),
        (1, 6, 6, 3)
    );
}

#[actix_web::test]
async fn pipelined_requests_get_responses_in_order() {
    let Origin {
        services: _services,
        gate,
    } = origin().await;
    let mut client = Client::connect(gate.address()).await;
    let ahead = "GET /worker HTTP/1.1\r\nHost: a\r\n\r\nPOST /messages?channel=c HTTP/1.1\r\nHost: a\r\n\
        Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"message\":1}POST /events HTTP/1.1\r\nHost: a\r\n\r\n\
        GET /ws HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write(ahead.as_bytes()).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.response().await.status);
    }
    assert_eq!(statuses, [200, 200, 405, 426]);
}

#[actix_web::test]
async fn streams_and_websockets_pass_and_their_ends_too() {
    let Origin { services, gate } = origin().await;
    let mut stream = Client::connect(gate.address()).await;
    stream.send("GET", "/events?channel=c", &[], "").await;
    assert_eq!(stream.head().await.status, 200);
    let mut socket = Client::connect(gate.address()).await;
    let handshake = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    socket.send("GET", "/ws?channel=c", &handshake, "").await;
    assert_eq!(socket.head().await.status, 101);
    let mut poll = Client::connect(gate.address()).await;
    let cursor = services[0].publish("c", json!("everywhere")).await;
    poll.send("GET", &format!("/poll?channel=c&after={cursor}"), &[], "")
        .await;
    eventually("three readers", async || {
        services.each_ref().map(Server::subscribers) == [1, 1, 1]
    })
    .await;
    assert!(stream.chunk().await.unwrap().contains("retry:"));
    assert!(stream.chunk().await.unwrap().contains("everywhere"));
    let (mut socket, mut read) = socket.into_parts();
    while !String::from_utf8_lossy(&read).contains("everywhere") {
        assert_ne!(
            patient("a frame", socket.read_buf(&mut read))
                .await
                .unwrap(),
            0
        );
    }
    // A masked close frame (RFC 6455 section 5.5.1): frames of the client pass too.
    socket.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    drop((stream, poll));
    eventually("nobody", async || {
        services.each_ref().map(Server::subscribers) == [0, 0, 0]
    })
    .await;
    drop(socket);
    eventually("no connection", async || {
        gate.open().await == 0 && connections(&services) == [0, 0, 0]
    })
    .await;
}

#[actix_web::test]
async fn a_stopped_service_is_a_502_and_other_protocols_a_400() {
    let Origin { services, gate } = origin().await;
    let mut client = Client::connect(gate.address()).await;
    services[1].stop().await;
    assert_eq!(client.get("/events").await.status, 502);
    let mut other = Client::connect(gate.address()).await;
    other.write(b"\x16\x03\x01\x02\x00").await;
    assert_eq!(other.response().await.status, 400);
}
