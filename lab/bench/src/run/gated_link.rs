//! A link to a server through a gate, which counts and delays.

use crate::{result::Wire, scenario};
use anyhow::{Context, Result};
use gate::{Gate, Link};
use std::{net::SocketAddr, num::NonZeroU64, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// A gate, and the runtime for its counters.
pub(crate) struct GatedLink {
    gate: Gate,
    runtime: Runtime,
}

impl GatedLink {
    /// Starts a gate in front of a server.
    pub(crate) fn start(server: SocketAddr, link: scenario::Link) -> Result<Self> {
        let gate = Gate::before(server, settings(link)).context("the gate")?;
        let runtime = Builder::new_current_thread().build()?;
        Ok(Self { gate, runtime })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.gate.address()
    }

    /// Returns the traffic so far.
    pub(crate) fn traffic(&self) -> Wire {
        let counters = self.runtime.block_on(self.gate.counters());
        Wire {
            up_bytes: counters.up.bytes,
            down_bytes: counters.down.bytes,
            connections: counters.connections,
            requests: counters.requests.all(),
            packets: Some(counters.up.segments + counters.down.segments),
            wakeups: Some(counters.wakeups),
        }
    }

    /// Returns the CPU time of the gate so far.
    pub(super) fn cpu(&self) -> Duration {
        self.runtime.block_on(self.gate.cost()).cpu
    }
}

fn settings(link: scenario::Link) -> Link {
    let millis = |millis: f64| Duration::from_secs_f64(millis / 1000.0);
    Link {
        // A scenario's jitter is only added; a gate's is added or subtracted.
        delay: millis(link.delay_ms + link.jitter_ms / 2.0),
        jitter: millis(link.jitter_ms / 2.0),
        bandwidth: link
            .bytes_per_second
            .and_then(|bytes| NonZeroU64::new(bytes * 8)),
    }
}

impl Wire {
    /// Returns the difference to an earlier moment.
    pub(crate) fn since(self, before: Self) -> Self {
        let less = |now: Option<u64>, before: Option<u64>| Some(now? - before?);
        Self {
            up_bytes: self.up_bytes - before.up_bytes,
            down_bytes: self.down_bytes - before.down_bytes,
            connections: self.connections - before.connections,
            requests: self.requests - before.requests,
            packets: less(self.packets, before.packets),
            wakeups: less(self.wakeups, before.wakeups),
        }
    }
}
