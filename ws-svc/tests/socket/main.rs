//! Handshakes, publishing, tokens, disconnects, and the compatibility endpoints `/` and `/echo`.

mod compat;
mod disconnects;
mod ends;
mod envelopes;
mod handshakes;
mod protocol_lists;
mod publishing;
mod subscribing;
mod tokens;

use conformance::{Client, Process, Server, eventually, patient};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, frame::coding::CloseCode},
    },
};
use ws_svc::Ws;

type Socket = WebSocketStream<TcpStream>;

const UPGRADE: [(&str, &str); 4] = [
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

async fn connect(address: SocketAddr, path: &str) -> Socket {
    let io = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let handshake = client_async(format!("ws://{address}{path}"), io);
    let (socket, _) = patient("a handshake", handshake)
        .await
        .expect("a handshake");
    socket
}

/// Completes the handshake with a client that shows the bytes of the connection.
async fn upgraded(server: &Server, path: &str) -> Client {
    let mut client = server.connect().await;
    client.send("GET", path, &UPGRADE, "").await;
    assert_eq!(client.head().await.status, 101, "{path}");
    client
}

/// The headers of a handshake as they are sent.
fn upgrade_lines() -> String {
    UPGRADE
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect()
}

/// Continues a connection after its handshake.
async fn over(client: Client) -> Socket {
    let (io, read) = client.into_parts();
    Socket::from_partially_read(io, read, Role::Client, None).await
}

async fn next(socket: &mut Socket) -> Message {
    patient("a frame", socket.next())
        .await
        .expect("an open connection")
        .expect("valid frames")
}

async fn send_text(socket: &mut Socket, text: &str) {
    socket.send(text.into()).await.expect("an open connection");
}

async fn next_json(socket: &mut Socket) -> Value {
    serde_json::from_str(next(socket).await.to_text().expect("text")).expect("JSON")
}

/// Waits for the close frame.
async fn next_close(socket: &mut Socket) -> CloseFrame {
    loop {
        if let Message::Close(frame) = next(socket).await {
            return frame.expect("a code");
        }
    }
}

/// Sends a request, and waits for its reply.
async fn reply_to(socket: &mut Socket, request: Value) -> Value {
    send_text(socket, &request.to_string()).await;
    loop {
        let frame = next_json(socket).await;
        if frame.get("ref").is_some() {
            return frame;
        }
    }
}
