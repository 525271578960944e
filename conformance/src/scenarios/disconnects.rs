//! How subscribers are disconnected, and how a service drains.

use crate::{Process, Subscriber, eventually, patient, steps::bodies};
use futures_util::future::join_all;
use serde_json::json;
use service::server::TransportService;
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The service stops counting a subscriber whose client has closed the connection.
pub async fn a_closed_connection_ends_its_subscriber<S: Subscriber>() {
    let server = S::start(&[]).await;
    let (stays, leaves) = (
        S::subscribe(&server, "channel=c").await,
        S::subscribe(&server, "channel=c").await,
    );
    eventually("two subscribers", async || server.subscribers() == 2).await;
    drop(leaves);
    eventually("one subscriber", async || server.subscribers() == 1).await;
    drop(stays);
    eventually("no subscriber", async || server.subscribers() == 0).await;
}

/// Every subscriber is disconnected in the way of its transport, and the service reports that it is
/// not ready.
pub async fn a_draining_service_disconnects_its_subscribers<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscribers = Vec::new();
    for _ in 0..5 {
        subscribers.push(S::subscribe(&server, "channel=c").await);
    }
    eventually("five subscribers", async || server.subscribers() == 5).await;
    let disconnects = async {
        for subscriber in subscribers {
            subscriber.drained().await;
        }
    };
    let not_ready = async {
        let ready = server.get("/health/ready").await;
        assert_eq!(
            (ready.status, ready.header("retry-after")),
            (503, Some("1")),
            "for a request during the drain, too"
        );
    };
    tokio::join!(server.stop(), disconnects, not_ready);
    assert_eq!(server.metric("drained_total", S::Transport::NAME), 5);
}

/// It is disconnected as too slow; other subscribers are not affected.
pub async fn a_slow_subscriber_is_disconnected<S: Subscriber>() {
    let server = S::start(&["--stalled", "3", "--heartbeat", "1", "--history", "10"]).await;
    let stalled = S::subscribe(&server, "channel=c").await;
    let mut healthy = S::subscribe(&server, "channel=d").await;
    let body = json!("x".repeat(60_000));
    eventually("the disconnect", async || {
        server.publish("c", body.clone()).await;
        server.publish("d", json!(0)).await;
        assert_eq!(bodies(&mut healthy, 1).await, [0]);
        server.metric("streams_gone_total", "slow") == 1
    })
    .await;
    assert_eq!(
        server.metric("streams_gone_total", "silent"),
        0,
        "a blocked subscriber cannot answer heartbeats"
    );
    assert_eq!(server.subscribers(), 1);
    server.publish("d", json!(1)).await;
    assert_eq!(bodies(&mut healthy, 1).await, [1]);
    drop(stalled);
}

/// A client that connects while a program stops gets a response or no connection, and never a TCP
/// reset.
pub async fn a_stopping_program_resets_no_connection(program: &str) {
    let mut process = Process::start(program, &[]);
    let clients = join_all((0..16).map(|_| until_refused(process.address())));
    let stop = async {
        process.terminate();
        process.end().await
    };
    let (answered, (status, _)) =
        patient("the last client", async { tokio::join!(clients, stop) }).await;
    assert!(
        status.success() && answered.iter().sum::<usize>() > 0,
        "{status}, {answered:?}"
    );
    let log = patient("a log", process.whole_log()).await;
    assert!(!log.contains("ERROR"), "{log}");
}

/// Sends requests, each on a connection of its own, until connections are refused. Returns the
/// number of responses.
pub async fn until_refused(address: SocketAddr) -> usize {
    for answered in 0.. {
        match TcpStream::connect(address).await {
            Ok(io) => {
                let response = answer(io)
                    .await
                    .expect("a response before the end of a connection");
                assert!(response.starts_with("HTTP/1.1 "), "{response:?}");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
                return answered;
            }
        }
    }
    unreachable!("there are more numbers")
}

async fn answer(mut io: TcpStream) -> io::Result<String> {
    io.write_all(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await?;
    let mut response = String::new();
    io.read_to_string(&mut response).await?;
    Ok(response)
}

/// A subscriber that arrives during the drain is disconnected like the others.
pub async fn a_subscriber_that_arrives_during_a_drain_is_disconnected<S: Subscriber>() {
    let server = S::start(&[]).await;
    let cursor = server.publish("c", json!(0)).await;
    let early = S::subscribe(&server, "channel=c").await;
    server.running().service().hub.drain(Duration::ZERO);
    early.drained().await;
    S::subscribe(&server, &format!("channel=c&after={cursor}"))
        .await
        .drained()
        .await;
    assert_eq!(server.get("/health/ready").await.status, 503);
}
