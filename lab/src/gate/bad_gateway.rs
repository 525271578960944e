//! What a client gets from a gateway whose service is gone.

use super::{
    connection::Connection,
    fault::Way,
    framing::{Event, Framing, Side},
    lane::Lane,
};
use std::{
    io::{self, ErrorKind},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Not what a service of ours says: it stands for a gateway that is not ours.
pub(super) const ANSWER: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Gateway\n";
/// How long a client may take for a request, and then to go.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers the first request after the time of the link, and closes.
pub(super) async fn answer(lane: &Lane, connection: &Connection, mut client: TcpStream) {
    // Who does not ask, or does not go, is let go.
    let _ = timeout(PATIENCE, async {
        request(lane, connection, &mut client).await?;
        // To connect, to ask and to be answered.
        sleep((lane.link(Way::Up).delay + lane.link(Way::Down).delay) * 2).await;
        lane.note_bytes(connection, Way::Down, ANSWER, Instant::now());
        client.write_all(ANSWER).await?;
        client.shutdown().await?;
        // Closed before everything is read, a socket sends a reset that may overtake the answer.
        while client.read(&mut [0; 4096]).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
}

async fn request(lane: &Lane, connection: &Connection, client: &mut TcpStream) -> io::Result<()> {
    let (mut requests, mut buffer, mut whole) = (Framing::new(Side::Requests), [0; 4096], false);
    while !whole {
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        lane.note_bytes(connection, Way::Up, &buffer[..read], Instant::now());
        requests.feed(&buffer[..read], |event| {
            if let Event::Head(head) = event {
                lane.note_request(connection, &head);
                whole = true;
            }
        });
    }
    Ok(())
}
