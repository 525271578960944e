//! A reconnect storm: cuts many clients of one lane of a gate at once, and reports when the gate
//! accepted each again.
//!
//! The clients are programs because a browser cannot make a storm: it opens one WebSocket at a time
//! to an address (RFC 6455 section 4.1).

mod api;
mod client;
mod command;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use command::{StormArgs, run};

use clap::Args;
use client::Client;
use futures_util::future::{join_all, try_join_all};
use gate::Gate;
use serde::{Deserialize, Serialize};
use service::http::Problem;
use std::{fmt, net::SocketAddr, time::Duration};
use support::transports::Transport;
use tokio::time::timeout;

/// Most clients. Each takes a file descriptor here, two in the gate and one in the service.
const MAX_CLIENTS: usize = 200;
/// The body of `POST /gate/storm`, which the arguments of `gate storm` become.
#[derive(Args, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StormRequest {
    /// Number of clients, 1 to 200
    #[arg(long, value_name = "N", default_value_t = 100)]
    clients: usize,

    /// Let each client wait a random time up to half a second before it reconnects
    #[arg(long)]
    #[serde(default)]
    backoff: bool,
}

/// The response of `POST /gate/storm`.
#[derive(Debug, Deserialize, Serialize)]
struct StormReport {
    lane: String,
    clients: usize,
    /// Milliseconds from the cut until the gate accepted each client again, in ascending order.
    accepted: Vec<u64>,
}

impl StormRequest {
    /// Runs the storm and closes all clients. Dropping the future closes them too. `patience`
    /// limits how long all clients take to open, then each to be cut, and to reconnect.
    ///
    /// # Errors
    ///
    /// A problem if the number of clients is out of range, or if they cannot connect.
    async fn run(self, gate: &Gate, patience: Duration) -> Result<StormReport, Problem> {
        let clients = self.clients;
        if !(1..=MAX_CLIENTS).contains(&clients) {
            let allowed = format!("1 to {MAX_CLIENTS}");
            return Err(Problem::parameter("clients", &clients.to_string(), allowed));
        }
        let lane = Transport::Ws.name();
        let address = gate
            .lane_address(lane)
            .ok_or_else(|| not_opened("this gate has no such lane"))?;
        let opened = open_all(clients, address, patience).await?;
        let cut = gate.cut(lane).await;
        let reconnected = join_all(opened.into_iter().map(async |client| {
            let client = client.reconnect(self.backoff, patience).await?;
            // Now, because the client may be disconnected again later.
            let accepted = gate.accepted(client.local_address()?).await?;
            Some((client, accepted))
        }));
        // All clients stay connected until the last has reconnected.
        let reconnected = reconnected.await;
        let mut accepted: Vec<_> = reconnected
            .iter()
            .flatten()
            .map(|(_, at)| millis(at.duration_since(cut)))
            .collect();
        accepted.sort_unstable();
        Ok(StormReport {
            lane: lane.to_owned(),
            clients,
            accepted,
        })
    }
}

async fn open_all(
    clients: usize,
    address: SocketAddr,
    patience: Duration,
) -> Result<Vec<Client>, Problem> {
    let opening = try_join_all((0..clients).map(|_| Client::open(address)));
    timeout(patience, opening)
        .await
        .map_err(|_| not_opened("not all clients could open in time"))?
        .map_err(not_opened)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn not_opened(why: impl fmt::Display) -> Problem {
    let lane = Transport::Ws.name();
    let why =
        format_args!("the clients could not be opened: {why}; is something broken on {lane}?");
    Problem::new(503, "not-started", why).retry_after(1)
}
