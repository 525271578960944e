//! Passes over all channels, a piece at a time.

use super::{Subscriptions, Which};
use crate::redis::{
    load_state::NextStep,
    table::{PIECE, Place},
};
use common::message::ChannelName;

impl Subscriptions {
    /// Prepares the next channels of a pass for a new connection. Returns those that requests wait
    /// for, to be loaded before the others; `None` at the end of the pass.
    pub(in crate::redis) fn restart_next(
        &mut self,
        place: &mut Place,
        which: impl Fn(&ChannelName) -> bool,
    ) -> Option<Vec<ChannelName>> {
        let mut piece = self.channels.next_piece(place, PIECE)?;
        piece.retain(|channel| {
            let subscription = self.channels.get_mut(channel).filter(|_| which(channel));
            subscription.is_some_and(|found| found.reconnect() == NextStep::Load)
        });
        Some(piece)
    }

    /// Requests a load of the next channels of a pass, at most `count` of them. Returns those to
    /// load; the others are about to be loaded. Returns `None` at the end of the pass.
    pub(in crate::redis) fn request_next(
        &mut self,
        place: &mut Place,
        count: usize,
        which: Which,
        is_here: impl Fn(&ChannelName) -> bool,
    ) -> Option<Vec<ChannelName>> {
        let mut piece = self.channels.next_piece(place, count.min(PIECE))?;
        piece.retain(|channel| {
            let subscription = self.channels.get_mut(channel).filter(|_| is_here(channel));
            subscription.is_some_and(|found| {
                let is_one = which == Which::All || !found.is_current();
                is_one && found.request_load() == NextStep::Load
            })
        });
        Some(piece)
    }

    /// Returns those of the next channels of a pass that clients read; `None` at its end.
    pub(in crate::redis) fn leased_next(&self, place: &mut Place) -> Option<Vec<ChannelName>> {
        let mut piece = self.channels.next_piece(place, PIECE)?;
        piece.retain(|channel| self.is_leased(channel));
        Some(piece)
    }
}
