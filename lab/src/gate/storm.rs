//! A reconnect storm: many clients of one lane are cut at the same moment and come back, and the gate says when it accepted
//! each. They are opened here, since those of one browser make no storm: it opens one WebSocket to an address at a time
//! (RFC 6455 §4.1).

use super::{Gate, fault::Fault};
use crate::{
    client::backoff::Backoff,
    lanes::{LANES, Lane, Transport},
};
use common::http::Problem;
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use std::{
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Each is a file here, two in the gate and one in the service.
const MOST_CLIENTS: usize = 200;
/// For all of them to open, then for each to hear of the cut, and to come back.
const WITHIN: Duration = Duration::from_secs(10);
const LANE: &Lane = &LANES[Transport::Ws as usize];
/// The sample key of RFC 6455 §1.3: nobody here looks at what comes of it.
const HANDSHAKE: &[u8] =
    b"GET /ws?channel=storm HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// What is asked for.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StormWish {
    pub(super) clients: usize,
    /// Whether each waits as our clients do before it comes back; else all come at once.
    #[serde(default)]
    pub(super) backoff: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Storm {
    lane: &'static str,
    clients: usize,
    /// When the gate accepted those that came back, in milliseconds after the cut, in order.
    accepted: Vec<u64>,
}

impl StormWish {
    /// Lets it happen, unless another one does. Whoever asked ends all clients by leaving.
    pub(super) async fn run(self, gate: &Gate) -> Result<Storm, Problem> {
        let allowed = || {
            Problem::parameter(
                "clients",
                &self.clients.to_string(),
                format!("1 to {MOST_CLIENTS}"),
            )
        };
        let clients = Some(self.clients)
            .filter(|count| (1..=MOST_CLIENTS).contains(count))
            .ok_or_else(allowed)?;
        let _only = gate.storming.try_lock().map_err(|_| under_way())?;
        let address = gate
            .addresses()
            .iter()
            .find(|(name, _)| *name == LANE.name)
            .map(|(_, address)| *address);
        let address = address.ok_or_else(|| failed("this gate has no such lane"))?;
        let opened = timeout(WITHIN, try_join_all((0..clients).map(|_| open(address)))).await;
        let opened = opened
            .map_err(|_| failed("not all clients could open in time"))?
            .map_err(failed)?;
        let cut = gate.ask(cut).await;
        let back = join_all(opened.into_iter().map(async |io| {
            let io = come_back(io, address, self.backoff, WITHIN).await?;
            // At once: later it may be gone again.
            let accepted = accepted(gate, io.local_addr().ok()?).await?;
            Some((io, accepted))
        }));
        // All stay until the last is back.
        let back = back.await;
        let mut accepted: Vec<_> = back
            .iter()
            .flatten()
            .map(|(_, at)| millis(at.duration_since(cut)))
            .collect();
        accepted.sort_unstable();
        Ok(Storm {
            lane: LANE.name,
            clients,
            accepted,
        })
    }
}

fn cut(lanes: &super::Lanes) -> Instant {
    let now = Instant::now();
    for lane in lanes.named(Some(LANE.name)) {
        lane.begin(Fault::Cut, None);
    }
    now
}

/// When the gate accepted the connection from there, if it is open.
async fn accepted(gate: &Gate, peer: SocketAddr) -> Option<Instant> {
    gate.ask(move |lanes| {
        let opened = |lane: &Rc<super::Lane>| {
            let connections = lane.connections.borrow();
            connections
                .values()
                .find(|connection| connection.peer == peer)
                .map(|connection| connection.opened)
        };
        lanes.named(Some(LANE.name)).find_map(opened)
    })
    .await
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Open once the service has agreed.
async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let mut io = TcpStream::connect(address).await?;
    io.write_all(HANDSHAKE).await?;
    let mut answer = [0; 64];
    let length = io.read(&mut answer).await?;
    let refused = || io::Error::other("a handshake was not answered with 101");
    answer[..length]
        .starts_with(b"HTTP/1.1 101")
        .then_some(io)
        .ok_or_else(refused)
}

/// Waits for its end, and tries once. None for one that hears of no end, as in a black hole, or is not let in.
async fn come_back(
    io: TcpStream,
    address: SocketAddr,
    backoff: bool,
    within: Duration,
) -> Option<TcpStream> {
    timeout(within, end(io)).await.ok()?;
    if backoff {
        sleep(Backoff::default().next(Duration::ZERO)).await;
    }
    timeout(within, open(address)).await.ok()?.ok()
}

async fn end(mut io: TcpStream) {
    let mut heard = [0; 256];
    while io.read(&mut heard).await.is_ok_and(|length| length > 0) {}
}

fn under_way() -> Problem {
    Problem::new(
        409,
        "storming",
        "a storm is under way: wait until it is over",
    )
    .retry_after(1)
}

fn failed(why: impl std::fmt::Display) -> Problem {
    let why = format_args!(
        "the clients could not be opened: {why}; is something broken on {}?",
        LANE.name
    );
    Problem::new(503, "not-started", why).retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conformance::patient;
    use std::net::TcpListener;

    #[actix_web::test]
    async fn a_client_that_hears_of_no_end_does_not_come_back() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let io = TcpStream::connect(address).await.unwrap();
        let back = come_back(io, address, false, Duration::from_millis(50));
        assert!(patient("an end of the wait", back).await.is_none());
    }
}
