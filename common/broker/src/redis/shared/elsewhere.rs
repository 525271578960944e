//! In a cluster: the channels of this server, and those that other servers have.

use super::{MOVING, Shared, Siblings};
use crate::redis::command::Command;
use common::message::ChannelName;
use std::sync::Arc;
use tokio::time::sleep;

impl Shared {
    /// Returns the cluster whose node it is, if it is one.
    pub(super) fn siblings(&self) -> Option<Arc<dyn Siblings>> {
        self.node.as_ref()?.cluster.upgrade()
    }

    /// Returns whether this server has a channel.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        let is_here = |cluster: Arc<dyn Siblings>| cluster.is_at(self, channel);
        self.node.is_none() || self.siblings().is_some_and(is_here)
    }

    /// Requests the map of the cluster again: a channel is no longer at this server.
    pub(in crate::redis) fn refresh_map(&self) {
        if let Some(cluster) = self.siblings() {
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
                cluster.send(&channel, Command::Load(channel.clone()));
            }
        });
    }

    /// Returns whether this server has the keys with the memory of all channels.
    pub(in crate::redis) fn has_memory_keys(&self) -> bool {
        let are_here = |cluster: Arc<dyn Siblings>| cluster.has_memory_keys(self);
        self.node.is_none() || self.siblings().is_some_and(are_here)
    }

    /// Deletes the messages of channels that other servers may have. Returns whether they will do
    /// that.
    pub(in crate::redis) fn forget_elsewhere(&self, channels: &[ChannelName]) -> bool {
        let Some(cluster) = self.siblings() else {
            return false;
        };
        for channel in channels {
            cluster.send(channel, Command::Forget(channel.clone()));
        }
        true
    }
}
