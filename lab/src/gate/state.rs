//! What the gate says of itself, as JSON.

use super::{
    Lanes, Upstream,
    capture::Chunk,
    connection::Connection,
    cost::Cost,
    counters::Counters,
    fault::{Active, Fault, Way},
    lane::Lane,
    link::Link,
};
use serde::Serialize;
use std::{
    fmt,
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct State {
    lanes: Vec<LaneState>,
    cost: CostState,
}

#[derive(Debug, Serialize)]
struct LaneState {
    lane: &'static str,
    url: String,
    /// `HOST:PORT` of what is behind it.
    upstream: Vec<String>,
    link: Links,
    faults: Vec<FaultState>,
    /// Connections that are open.
    open: usize,
    #[serde(flatten)]
    counters: Counters,
}

#[derive(Debug, Serialize)]
struct Links {
    up: Link,
    down: Link,
}

/// A fault that lasts.
#[derive(Debug, Default, Serialize)]
pub(crate) struct FaultState {
    id: u64,
    lane: &'static str,
    fault: &'static str,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bandwidth: Option<NonZeroU64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Way>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kilobytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<f64>,
    /// Seconds until it ends by itself; null if it does not.
    left: Option<f64>,
}

/// In microseconds, where nothing else is said.
#[derive(Debug, Serialize)]
struct CostState {
    chunks: u64,
    bytes: u64,
    cpu: u64,
    cpu_per_megabyte: Option<f64>,
    cpu_per_1000_chunks: Option<f64>,
    late: Late,
}

/// By how much later than scheduled bytes were delivered, in microseconds.
#[derive(Debug, Serialize)]
struct Late {
    p50: u64,
    p99: u64,
    max: u64,
}

/// One open connection.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionState {
    id: u64,
    lane: &'static str,
    /// The client's end.
    peer: String,
    /// Seconds since it was accepted.
    age: f64,
    /// What it was opened for: method and path of the first request.
    first: Option<String>,
    #[serde(flatten)]
    counters: Counters,
}

impl Lanes {
    pub(super) fn state(&self) -> State {
        State {
            lanes: self.all.iter().map(|lane| lane_state(lane)).collect(),
            cost: cost_state(&self.thread.cost.borrow().with_cpu()),
        }
    }

    /// The lasting faults with one of these ids.
    pub(super) fn faults(&self, ids: &[u64]) -> Vec<FaultState> {
        let mine = |lane: &Lane| {
            lane.faults()
                .into_iter()
                .filter(|active| ids.contains(&active.id))
                .collect::<Vec<_>>()
        };
        self.all
            .iter()
            .flat_map(|lane| {
                mine(lane)
                    .into_iter()
                    .map(|active| fault_state(lane.name, &active))
            })
            .collect()
    }

    /// The open connections of the lanes of this name, or of all.
    pub(super) fn connections(&self, name: Option<&str>) -> Vec<ConnectionState> {
        let of = |lane: &Lane| -> Vec<_> {
            lane.connections
                .borrow()
                .values()
                .map(|connection| connection_state(lane.name, connection))
                .collect()
        };
        self.named(name).flat_map(|lane| of(lane)).collect()
    }

    /// The last bytes of the lanes of this name.
    pub(super) fn captured(&self, name: &str) -> Vec<Chunk> {
        let captures = self
            .named(Some(name))
            .filter_map(|lane| lane.capture.as_ref());
        captures
            .flat_map(|capture| capture.borrow().chunks())
            .collect()
    }
}

fn lane_state(lane: &Lane) -> LaneState {
    LaneState {
        lane: lane.name,
        url: crate::console::local_url(lane.address),
        upstream: match &lane.upstream {
            Upstream::Service(address) => vec![address.clone()],
            Upstream::Services(addresses) => addresses.to_vec(),
        },
        link: Links {
            up: lane.set(Way::Up),
            down: lane.set(Way::Down),
        },
        faults: lane
            .faults()
            .iter()
            .map(|active| fault_state(lane.name, active))
            .collect(),
        open: lane.connections.borrow().len(),
        counters: lane.tally.borrow().counters,
    }
}

fn fault_state(lane: &'static str, active: &Active) -> FaultState {
    let left = active.until.map(|until| {
        until
            .saturating_duration_since(Instant::now())
            .as_secs_f64()
    });
    let mut state = FaultState {
        id: active.id,
        lane,
        fault: active.fault.name(),
        left,
        ..FaultState::default()
    };
    let millis = |time: Duration| Some(time.as_secs_f64() * 1000.0);
    match active.fault {
        Fault::Latency { delay, jitter } => {
            (state.delay, state.jitter) = (millis(delay), millis(jitter))
        }
        Fault::Bandwidth(bits) => state.bandwidth = Some(bits),
        Fault::Freeze(way) => state.direction = Some(way),
        Fault::Buffer(bytes) => state.kilobytes = Some(bytes / 1000),
        Fault::IdleTimeout(time) => state.after = Some(time.as_secs_f64()),
        _ => {}
    }
    state
}

fn connection_state(lane: &'static str, connection: &Connection) -> ConnectionState {
    ConnectionState {
        id: connection.id,
        lane,
        peer: connection.peer.to_string(),
        age: connection.opened.elapsed().as_secs_f64(),
        first: connection.first.borrow().clone(),
        counters: connection.tally.borrow().counters,
    }
}

fn cost_state(cost: &Cost) -> CostState {
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| cost.late.quantile(share));
    CostState {
        chunks: cost.chunks,
        bytes: cost.bytes,
        cpu: cost.cpu.as_micros() as u64,
        cpu_per_megabyte: cost.cpu_per_megabyte(),
        cpu_per_1000_chunks: cost.cpu_per_thousand(),
        late: Late { p50, p99, max },
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.late.quantile(share));
        write!(
            f,
            "delivered {} chunks, {} bytes; later than scheduled by p50 {p50} µs, p99 {p99} µs, at most {max} µs; CPU {:.0} ms",
            self.chunks,
            self.bytes,
            self.cpu.as_secs_f64() * 1000.0
        )?;
        match (self.cpu_per_megabyte(), self.cpu_per_thousand()) {
            (Some(megabyte), Some(thousand)) => {
                write!(
                    f,
                    ", {megabyte:.0} µs for a megabyte, {thousand:.0} µs for 1000 chunks"
                )
            }
            _ => Ok(()),
        }
    }
}
