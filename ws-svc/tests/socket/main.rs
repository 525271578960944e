//! Handshakes, publishing, disconnects, and the compatibility endpoints `/` and `/echo`.

mod compat;
mod disconnects;
mod handshakes;
mod publishing;

use conformance::{Client, PATIENCE, Process, Server, eventually, patient};
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
    let (socket, _) = patient(
        "a handshake",
        client_async(format!("ws://{address}{path}"), io),
    )
    .await
    .expect("a handshake");
    socket
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

async fn say(socket: &mut Socket, text: &str) {
    socket.send(text.into()).await.expect("an open connection");
}

async fn answer(socket: &mut Socket, request: Value) -> Value {
    say(socket, &request.to_string()).await;
    serde_json::from_str(next(socket).await.to_text().expect("text")).expect("JSON")
}
