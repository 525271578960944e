//! Passes over all channels that load them again: a few at a time, so that loads that clients wait
//! for come in between.

use super::{load_queue::BATCH, shared::Shared, subscriptions::Which, table::Place};
use common::message::ChannelName;
use std::{future::pending, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many probes there are between two checks of the server. Meanwhile all channels are loaded
/// again: to find losses without a lost connection, and so that no channel expires.
pub(super) const PROBES_PER_CHECK: u32 = 30;
/// How many probes it takes to reload all channels.
const SHARES: usize = PROBES_PER_CHECK as usize - 1;

/// The passes of one session.
pub(super) struct Reload {
    /// Of the channels that were not loaded in this session.
    outdated: Option<Place>,
    /// Of all channels.
    all: Option<Place>,
    /// How many channels the pass over all may visit before the next probe.
    left: usize,
    /// One for the channels that are being loaded.
    turns: Arc<Semaphore>,
}

impl Reload {
    /// Begins with all channels, since none was loaded in this session.
    pub(super) fn new() -> Self {
        Self {
            outdated: Some(0),
            all: None,
            left: 0,
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// Loads the channels that were not loaded in this session.
    pub(super) fn load_outdated(&mut self) {
        self.outdated = Some(0);
    }

    /// Loads all channels as soon as possible.
    pub(super) fn load_all(&mut self) {
        self.all = Some(0);
        self.left = usize::MAX;
    }

    /// Begins to load all channels, a share of them after each probe.
    pub(super) fn begin_shares(&mut self) {
        self.all.get_or_insert(0);
    }

    /// Lets the next share be loaded, so that the pass is over before the next one.
    pub(super) fn add_share(&mut self, channels: usize) {
        if self.all.is_some() {
            self.left = self.left.saturating_add(channels.div_ceil(SHARES));
        }
    }

    /// Waits until channels can be loaded. Never ends if there are none.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        if self.outdated.is_none() && (self.all.is_none() || self.left == 0) {
            return pending().await;
        }
        self.turns.clone().acquire_owned().await.ok()
    }

    /// Returns the next channels to load.
    pub(super) fn next(&mut self, shared: &Shared) -> Vec<ChannelName> {
        if let Some(place) = &mut self.outdated {
            if let Some(channels) = shared.request_next(place, BATCH, Which::Outdated) {
                return channels;
            }
            self.outdated = None;
        }
        let count = self.left.min(BATCH);
        if let Some(place) = self.all.as_mut().filter(|_| count > 0) {
            self.left -= count;
            if let Some(channels) = shared.request_next(place, count, Which::All) {
                return channels;
            }
            self.all = None;
            self.left = 0;
        }
        Vec::new()
    }
}
