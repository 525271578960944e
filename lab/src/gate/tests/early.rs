//! A service that answers before it has heard everything, and closes: the answer comes before the end.

use crate::gate::{Entry, Gate, Link, Upstream};
use common::net::listen;
use conformance::patient;
use std::{net::Ipv4Addr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const REQUEST: &[u8] = b"POST /messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
const ANSWER: &str =
    "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large";

/// Answers one request after its head; what it has not read then makes a reset of its end.
async fn answer_early(listener: TcpListener) {
    let (mut client, _) = listener.accept().await.unwrap();
    client.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
    client.write_all(ANSWER.as_bytes()).await.unwrap();
    // More than was answered is there, and more will come.
    client.readable().await.unwrap();
}

/// What a client gets that goes on sending until it no longer can.
async fn upload(gate: &Gate) -> String {
    let client = TcpStream::connect(gate.address()).await.unwrap();
    let (mut from, mut to) = client.into_split();
    let send = async {
        to.write_all(REQUEST).await.unwrap();
        while to.write_all(&[b'x'; 16 * 1024]).await.is_ok() {}
    };
    let mut got = Vec::new();
    let receive = async { while matches!(from.read_buf(&mut got).await, Ok(1..)) {} };
    patient("an end", async { tokio::join!(send, receive) }).await;
    String::from_utf8(got).unwrap()
}

async fn service() -> (String, actix_web::rt::task::JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (address, actix_web::rt::spawn(answer_early(listener)))
}

fn gate(upstream: Upstream) -> Gate {
    let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let link = Link::delayed(Duration::from_millis(20));
    Gate::start(
        vec![Entry {
            name: "early",
            listener,
            upstream,
            captured: false,
        }],
        link,
    )
    .unwrap()
}

#[actix_web::test]
async fn an_early_answer_comes_before_the_end() {
    for _ in 0..10 {
        let (address, _served) = service().await;
        assert_eq!(upload(&gate(Upstream::Service(address))).await, ANSWER);
    }
}

#[actix_web::test]
async fn the_same_at_the_origin_of_all_services() {
    for _ in 0..10 {
        let (address, _served) = service().await;
        let services = [address.clone(), address.clone(), address];
        assert_eq!(upload(&gate(Upstream::Services(services))).await, ANSWER);
    }
}
