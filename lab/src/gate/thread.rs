//! What everything on a gate's thread shares.

use super::{
    clock::Clock,
    cost::Cost,
    link::{MOST, share},
};
use crate::chance::Chance;
use std::{
    cell::{Cell, RefCell},
    io,
};

pub(super) struct Thread {
    pub(super) clock: Clock,
    pub(super) cost: RefCell<Cost>,
    pub(super) chance: RefCell<Chance>,
    /// Where reads go: nobody keeps a buffer while nothing comes.
    pub(super) scratch: RefCell<Box<[u8]>>,
    ids: Cell<u64>,
    /// Open connections.
    open: Cell<usize>,
}

impl Thread {
    /// Needs the thread's runtime around it.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            clock: Clock::new()?,
            cost: Cost::new().into(),
            chance: Chance::new(0).into(),
            scratch: RefCell::new(vec![0; MOST].into()),
            ids: Cell::new(0),
            open: Cell::new(0),
        })
    }

    pub(super) fn opened(&self) {
        self.open.set(self.open.get() + 1);
    }

    pub(super) fn closed(&self) {
        self.open.set(self.open.get() - 1);
    }

    /// How many bytes each direction of a connection may have on their way.
    pub(super) fn share(&self) -> usize {
        share(self.open.get())
    }

    /// A number that nothing else of this gate has.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.replace(self.ids.get() + 1)
    }
}
