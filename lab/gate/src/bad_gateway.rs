//! The bad-gateway fault: responds like a gateway whose service is down.

use super::{fault::Direction, gate_connection::GateConnection, route::Route};
use std::{
    io::{self, ErrorKind},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use wire::{
    framing::{Framing, FramingEvent},
    head::MessageKind,
};

/// The response. It stands for a foreign gateway, so it is not a problem of this project's
/// services.
pub(super) const RESPONSE: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Gateway\n";
/// Timeout for a client to send its request, and then to close.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Responds to the first request after the delay of the link, and closes.
pub(super) async fn respond(route: &Route, connection: &GateConnection, mut client: TcpStream) {
    // A client that sends nothing, or does not close, is disconnected.
    let _ = timeout(TIMEOUT, async {
        request(route, connection, &mut client).await?;
        // One round trip to connect, one for request and response.
        sleep((route.link(Direction::Up).delay + route.link(Direction::Down).delay) * 2).await;
        route.record_bytes(connection, Direction::Down, RESPONSE, Instant::now());
        client.write_all(RESPONSE).await?;
        client.shutdown().await?;
        // Closing with unread bytes would send a TCP reset, which may overtake the response.
        while client.read(&mut [0; 4096]).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
}

async fn request(
    route: &Route,
    connection: &GateConnection,
    client: &mut TcpStream,
) -> io::Result<()> {
    let mut requests = Framing::new(MessageKind::Requests);
    let mut buffer = [0; 4096];
    let mut whole = false;
    while !whole {
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        route.record_bytes(connection, Direction::Up, &buffer[..read], Instant::now());
        requests.feed(&buffer[..read], |event| {
            if let FramingEvent::Headers(head) = event {
                route.record_request(connection, &head);
                whole = true;
            }
        });
    }
    Ok(())
}
