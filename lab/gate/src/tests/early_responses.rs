//! A service that responds early and closes: the client reads the response before the end.

use crate::{Gate, Link};
use conformance::patient;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const REQUEST: &[u8] = b"POST /messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
const RESPONSE: &str =
    "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large";

/// Responds after the request headers. Closing with unread bytes then sends a TCP reset.
async fn respond_early(listener: TcpListener) {
    let (mut client, _) = listener.accept().await.unwrap();
    client.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
    client.write_all(RESPONSE.as_bytes()).await.unwrap();
    // Unread bytes have arrived, and more will follow.
    client.readable().await.unwrap();
}

/// Sends until that fails. Returns everything that the client reads.
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

async fn service() -> (SocketAddr, actix_web::rt::task::JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, actix_web::rt::spawn(respond_early(listener)))
}

#[actix_web::test]
async fn an_early_response_arrives_before_the_end() {
    for _ in 0..10 {
        let (address, _served) = service().await;
        let gate = Gate::before(address, Link::delayed(Duration::from_millis(20))).unwrap();
        assert_eq!(upload(&gate).await, RESPONSE);
    }
}
