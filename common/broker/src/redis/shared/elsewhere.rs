//! In a cluster: the channels of this server, and those that other servers have.

use super::{MOVING, Shared};
use crate::redis::commands::Command;
use common::message::ChannelName;
use tokio::time::sleep;

impl Shared {
    /// Returns whether this server has a channel.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.node.as_ref().is_none_or(|node| {
            let cluster = node.cluster.upgrade();
            cluster.is_some_and(|cluster| cluster.is_at(self, channel))
        })
    }

    /// Requests the map of the cluster again: a channel is no longer at this server.
    pub(in crate::redis) fn refresh_map(&self) {
        let cluster = self.node.as_ref().and_then(|node| node.cluster.upgrade());
        if let Some(cluster) = cluster {
            cluster.refresh_map();
        }
    }

    /// Loads a channel again, from the server that has it by then: this one may no longer.
    pub(in crate::redis) fn load_elsewhere(&self, channel: ChannelName) {
        let Some(node) = &self.node else { return };
        self.refresh_map();
        let (state, cluster) = (self.state.clone(), node.cluster.clone());
        tokio::spawn(async move {
            sleep(MOVING).await;
            let Some(cluster) = cluster.upgrade() else {
                return;
            };
            let is_here = state.subscriptions().restart(&channel);
            state.report_arrival();
            if is_here {
                cluster.load(&channel);
            }
        });
    }

    /// Returns whether this server has the keys with the memory of all channels.
    pub(in crate::redis) fn has_memory_keys(&self) -> bool {
        self.node.as_ref().is_none_or(|node| {
            let cluster = node.cluster.upgrade();
            cluster.is_some_and(|cluster| cluster.has_memory_keys(self))
        })
    }

    /// Deletes the messages of channels that other servers may have. Returns whether they will do
    /// that.
    pub(in crate::redis) fn forget_elsewhere(&self, channels: &[ChannelName]) -> bool {
        let cluster = self.node.as_ref().and_then(|node| node.cluster.upgrade());
        let Some(cluster) = cluster else { return false };
        for channel in channels {
            if let Some(server) = cluster.server_of(channel) {
                server.send(Command::Forget(channel.clone()));
            }
        }
        true
    }
}
