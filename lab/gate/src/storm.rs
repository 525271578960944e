//! A reconnect storm: cuts many clients of one route at once, and reports when the gate accepted
//! each again.
//!
//! The clients are opened here because a browser cannot make a storm: it opens one WebSocket at a
//! time to an address (RFC 6455 section 4.1).

use super::{Gate, fault::Fault};
use client::backoff::Backoff;
use common::http::Problem;
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use std::{
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use support::transports::{LANES, Lane, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Most clients. Each takes a file descriptor here, two in the gate and one in the service.
const MAX_CLIENTS: usize = 200;
/// Timeout for all clients to open, then for each to be cut, and to reconnect.
const TIMEOUT: Duration = Duration::from_secs(10);
const LANE: &Lane = &LANES[Transport::Ws as usize];
/// The sample key of RFC 6455 section 1.3. The response to it is not checked.
const HANDSHAKE: &[u8] =
    b"GET /ws?channel=storm HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The body of `POST /gate/storm`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StormRequest {
    pub(super) clients: usize,
    /// Whether each client waits a random time before it reconnects.
    #[serde(default)]
    pub(super) backoff: bool,
}

/// The response of `POST /gate/storm`.
#[derive(Debug, Serialize)]
pub(super) struct StormReport {
    lane: &'static str,
    clients: usize,
    /// Milliseconds from the cut until the gate accepted each client again, in ascending order.
    accepted: Vec<u64>,
}

impl StormRequest {
    /// Runs the storm and closes all clients. Dropping the future closes them too.
    ///
    /// # Errors
    ///
    /// A problem if another storm is running, or if the clients cannot connect.
    pub(super) async fn run(self, gate: &Gate) -> Result<StormReport, Problem> {
        let allowed = || {
            Problem::parameter(
                "clients",
                &self.clients.to_string(),
                format!("1 to {MAX_CLIENTS}"),
            )
        };
        let clients = Some(self.clients)
            .filter(|count| (1..=MAX_CLIENTS).contains(count))
            .ok_or_else(allowed)?;
        let _only = gate.storming.try_lock().map_err(|_| under_way())?;
        let address = gate
            .addresses()
            .iter()
            .find(|(name, _)| *name == LANE.name)
            .map(|(_, address)| *address);
        let address = address.ok_or_else(|| failed("this gate has no such lane"))?;
        let opened = timeout(TIMEOUT, try_join_all((0..clients).map(|_| open(address)))).await;
        let opened = opened
            .map_err(|_| failed("not all clients could open in time"))?
            .map_err(failed)?;
        let cut = gate.with_routes(cut).await;
        let back = join_all(opened.into_iter().map(async |io| {
            let io = reconnect(io, address, self.backoff, TIMEOUT).await?;
            // Now, because the client may be disconnected again later.
            let accepted = accepted(gate, io.local_addr().ok()?).await?;
            Some((io, accepted))
        }));
        // All clients stay connected until the last has reconnected.
        let back = back.await;
        let mut accepted: Vec<_> = back
            .iter()
            .flatten()
            .map(|(_, at)| millis(at.duration_since(cut)))
            .collect();
        accepted.sort_unstable();
        Ok(StormReport {
            lane: LANE.name,
            clients,
            accepted,
        })
    }
}

fn cut(routes: &super::Routes) -> Instant {
    let now = Instant::now();
    for lane in routes.named(Some(LANE.name)) {
        lane.begin_fault(Fault::Cut, None);
    }
    now
}

/// Returns when the gate accepted the connection from `peer`, if it is open.
async fn accepted(gate: &Gate, peer: SocketAddr) -> Option<Instant> {
    gate.with_routes(move |routes| {
        let opened = |lane: &Rc<super::Route>| {
            let connections = lane.connections.borrow();
            connections
                .values()
                .find(|connection| connection.peer == peer)
                .map(|connection| connection.opened)
        };
        routes.named(Some(LANE.name)).find_map(opened)
    })
    .await
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Opens a client. It is open once the service has agreed to the upgrade.
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

/// Waits for the end of the connection and reconnects once. Returns `None` if there is no end (in a
/// black hole), or if the reconnect fails.
async fn reconnect(
    io: TcpStream,
    address: SocketAddr,
    backoff: bool,
    wait: Duration,
) -> Option<TcpStream> {
    timeout(wait, end(io)).await.ok()?;
    if backoff {
        sleep(Backoff::default().next(Duration::ZERO)).await;
    }
    timeout(wait, open(address)).await.ok()?.ok()
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
    async fn a_client_that_is_not_cut_does_not_reconnect() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let io = TcpStream::connect(address).await.unwrap();
        let back = reconnect(io, address, false, Duration::from_millis(50));
        assert!(patient("an end of the wait", back).await.is_none());
    }
}
