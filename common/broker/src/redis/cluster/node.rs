//! The place of a server in a cluster.

use super::Cluster;
use parking_lot::Mutex;
use std::sync::Weak;

/// A node of a cluster.
pub(in super::super) struct Node {
    pub(in super::super) cluster: Weak<Cluster>,
    /// Its host.
    pub(in super::super) host: String,
    /// A hash tag whose slot is at this node.
    probe_tag: Mutex<String>,
}

impl Node {
    pub(super) fn new(cluster: Weak<Cluster>, host: String) -> Self {
        Self {
            cluster,
            host,
            probe_tag: Mutex::default(),
        }
    }

    /// Returns the number of masters in the cluster.
    pub(in super::super) fn count(&self) -> u64 {
        let cluster = self.cluster.upgrade();
        cluster.map_or(1, |cluster| cluster.servers().len() as u64)
    }

    /// Returns a hash tag whose slot is at this node.
    pub(in super::super) fn probe_tag(&self) -> String {
        self.probe_tag.lock().clone()
    }

    pub(super) fn set_probe_tag(&self, tag: String) {
        *self.probe_tag.lock() = tag;
    }
}
