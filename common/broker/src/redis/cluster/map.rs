//! Which master of a cluster has which slots.

use super::slots::SlotRange;
use crate::redis::shared::Shared;
use std::{collections::HashMap, ptr, sync::Arc};

/// Which master has which slots.
#[derive(Default)]
pub(super) struct Map {
    pub(super) ranges: Vec<SlotRange>,
    /// By host and port.
    pub(super) servers: HashMap<(String, u16), Arc<Shared>>,
}

impl Map {
    /// Returns the master that has a slot.
    pub(super) fn server(&self, slot: u16) -> Option<&Arc<Shared>> {
        let after = self
            .ranges
            .partition_point(|range| *range.slots.start() <= slot);
        let range = self.ranges.get(after.checked_sub(1)?)?;
        let has_it = range.slots.contains(&slot);
        has_it.then(|| self.servers.get(&range.node)).flatten()
    }
    /// Returns whether a master has a slot.
    pub(super) fn is_at(&self, server: &Shared, slot: u16) -> bool {
        self.server(slot)
            .is_some_and(|found| ptr::eq(Arc::as_ptr(found), server))
    }
}
