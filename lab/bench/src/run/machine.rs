//! Pins server and load to different processors, so that neither takes time from the other.

use super::command::Others;
use crate::{environment::Pinning, load::url::Url, peers::Peer};
use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// What all scenarios of a run share.
pub(super) struct Machine {
    /// The processors of server and load. `None` if there is only one, or if pinning is not
    /// allowed.
    cores: Option<(usize, usize)>,
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
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let pair = usable.next().zip(usable.next());
        Self {
            cores: pair.filter(|(_, load)| confine(*load)),
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
        let Some((server, load)) = self.cores else {
            return start();
        };
        confine(server);
        let started = start();
        confine(load);
        started
    }

    pub(super) fn pinning(&self) -> Option<Pinning> {
        self.cores.map(|(server, load)| Pinning {
            server: vec![server as u32],
            load: vec![load as u32],
        })
    }
}

fn confine(cpu: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).is_ok()
}
