//! The state of the gate as JSON.

use super::{
    Routes, Upstream,
    capture::CapturedSegment,
    cost::CostSummary,
    counters::Counters,
    fault::{ActiveFault, Direction},
    fault_request::FaultRequest,
    gate_connection::GateConnection,
    link::Link,
    request_times::RequestList,
    route::Route,
};
use serde::Serialize;
use std::time::Instant;

/// The response of `GET /gate`.
#[derive(Debug, Serialize)]
pub(crate) struct GateState {
    lanes: Vec<RouteState>,
    cost: CostSummary,
}

#[derive(Debug, Serialize)]
struct RouteState {
    lane: &'static str,
    url: String,
    /// `HOST:PORT` of each service behind the route.
    upstream: Vec<String>,
    link: Links,
    faults: Vec<FaultState>,
    /// Number of open connections.
    open: usize,
    #[serde(flatten)]
    counters: Counters,
}

#[derive(Debug, Serialize)]
struct Links {
    up: Link,
    down: Link,
}

/// An active fault.
#[derive(Debug, Serialize)]
pub(crate) struct FaultState {
    id: u64,
    #[serde(flatten)]
    fault: FaultRequest,
    /// Seconds until the fault ends; null if it lasts until it is ended.
    left: Option<f64>,
}

/// An open connection.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionState {
    id: u64,
    lane: &'static str,
    /// Address of the client.
    peer: String,
    /// Seconds since the gate accepted it.
    age: f64,
    /// Method and path of its first request.
    first: Option<String>,
    #[serde(flatten)]
    counters: Counters,
}

impl Routes {
    pub(super) fn state(&self) -> GateState {
        GateState {
            lanes: self.all.iter().map(|lane| route_state(lane)).collect(),
            cost: self.thread.cost.borrow().with_cpu().summary(),
        }
    }

    /// Returns the active faults with one of these ids.
    pub(super) fn faults(&self, ids: &[u64]) -> Vec<FaultState> {
        let all = self.all.iter().flat_map(|lane| fault_states(lane));
        all.filter(|fault| ids.contains(&fault.id)).collect()
    }

    /// Returns the open connections of the route with this name, or of all routes.
    pub(super) fn connections(&self, name: Option<&str>) -> Vec<ConnectionState> {
        let of = |lane: &Route| -> Vec<_> {
            lane.connections
                .borrow()
                .values()
                .map(|connection| connection_state(lane.name, connection))
                .collect()
        };
        self.named(name).flat_map(|lane| of(lane)).collect()
    }

    /// Returns the last requests of the route with this name, those with a greater id than `after`.
    pub(super) fn requests(&self, name: &str, after: u64) -> Option<RequestList> {
        let route = self.named(Some(name)).next()?;
        Some(route.times.borrow().after(after))
    }

    /// Returns the captured bytes of the route with this name.
    pub(super) fn captured(&self, name: &str) -> Vec<CapturedSegment> {
        let captures = self
            .named(Some(name))
            .filter_map(|route| route.capture.as_ref());
        captures
            .flat_map(|capture| capture.borrow().chunks())
            .collect()
    }
}

fn route_state(lane: &Route) -> RouteState {
    RouteState {
        lane: lane.name,
        url: support::console::local_url(lane.address),
        upstream: match &lane.upstream {
            Upstream::Service(address) => vec![address.clone()],
            Upstream::Services(addresses) => addresses.to_vec(),
        },
        link: Links {
            up: lane.set(Direction::Up),
            down: lane.set(Direction::Down),
        },
        faults: fault_states(lane),
        open: lane.connections.borrow().len(),
        counters: lane.tally.borrow().counters,
    }
}

fn fault_states(lane: &Route) -> Vec<FaultState> {
    let faults = lane.faults();
    let states = faults.iter().map(|active| fault_state(lane.name, active));
    states.collect()
}

fn fault_state(lane: &str, active: &ActiveFault) -> FaultState {
    let left = |until: Instant| until.saturating_duration_since(Instant::now());
    FaultState {
        id: active.id,
        fault: FaultRequest::describing(active.fault, lane),
        left: active.until.map(|until| left(until).as_secs_f64()),
    }
}

fn connection_state(lane: &'static str, connection: &GateConnection) -> ConnectionState {
    ConnectionState {
        id: connection.id,
        lane,
        peer: connection.peer.to_string(),
        age: connection.opened.elapsed().as_secs_f64(),
        first: connection.first.borrow().clone(),
        counters: connection.tally.borrow().counters,
    }
}
