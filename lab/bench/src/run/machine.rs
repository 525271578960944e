//! The processors and the servers that all scenarios of a run share.

use super::command::Others;
use crate::{environment::Pinning, load::url::Url, peers::Peer, processors::Processors};
use anyhow::{Context, Result};

/// What all scenarios of a run share.
pub(super) struct Machine {
    processors: Processors,
    /// Where messages for servers with an address are posted.
    pub(super) publish: Option<Url>,
    /// The process of the server with an address.
    pub(super) pid: Option<u32>,
    /// Servers to start.
    peers: Vec<Peer>,
}

impl Machine {
    /// Pins this thread, and everything that it starts, to one processor. Reserves another for
    /// servers.
    pub(super) fn choose(others: &Others, peers: Vec<Peer>) -> Self {
        Self {
            processors: Processors::pin(),
            publish: others.publish.clone(),
            pid: others.pid,
            peers,
        }
    }

    /// Returns the peer with this name.
    pub(super) fn peer(&self, name: &str) -> Result<&Peer> {
        let known = self.peers.iter().find(|peer| peer.name == name);
        known.with_context(|| format!("{name}: this peer is not part of the run"))
    }

    /// Starts something on the server's processor. It inherits the pinning.
    pub(super) fn on_server<R>(&self, start: impl FnOnce() -> R) -> R {
        self.processors.start_measured(start)
    }

    pub(super) fn pinning(&self) -> Option<Pinning> {
        self.processors.pair().map(|pair| Pinning {
            server: vec![pair.measured as u32],
            load: vec![pair.measuring as u32],
        })
    }
}
