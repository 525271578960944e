//! Which channels have to be loaded from this server.

use super::{Connected, Shared};
use crate::redis::{command::Command, load_state::NextStep, subscriptions::Which, table::Place};
use common::message::ChannelName;
use std::sync::atomic::Ordering;
use tokio::task::yield_now;

impl Shared {
    /// Makes this the session whose messages count, on which all channels have to be loaded. Those
    /// that requests wait for are the first.
    pub(in crate::redis) async fn begin_session(&self, number: u64, connected: Connected) {
        self.session.store(number, Ordering::SeqCst);
        let mut place = 0;
        while let Some(channels) = self.restart_next(&mut place) {
            channels.iter().for_each(|channel| self.load(channel));
            yield_now().await;
        }
        self.connected.send_replace(Some(connected));
    }

    fn restart_next(&self, place: &mut Place) -> Option<Vec<ChannelName>> {
        let which = |channel: &ChannelName| self.has(channel);
        self.subscriptions().restart_next(place, which)
    }

    /// Requests a load of the next channels of a pass, some of at most `count`. Returns those to
    /// load; `None` at its end.
    pub(in crate::redis) fn request_next(
        &self,
        place: &mut Place,
        count: usize,
        which: Which,
    ) -> Option<Vec<ChannelName>> {
        let is_here = |channel: &ChannelName| self.has(channel);
        self.subscriptions()
            .request_next(place, count, which, is_here)
    }

    pub(in crate::redis) fn load(&self, channel: &ChannelName) {
        self.send(Command::Load(channel.clone()));
    }

    pub(in crate::redis) fn run(&self, channel: &ChannelName, next: NextStep) {
        if next == NextStep::Load {
            self.load(channel);
        }
    }
}
