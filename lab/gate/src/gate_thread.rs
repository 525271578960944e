//! State shared by everything on a gate's thread.

use super::{
    cost::Cost,
    link::{MAX_READ, share},
    timers::Timers,
};
use std::{
    cell::{Cell, RefCell},
    io,
};
use support::random::Random;

pub(super) struct GateThread {
    pub(super) timers: Timers,
    pub(super) cost: RefCell<Cost>,
    pub(super) random: RefCell<Random>,
    /// Read buffer of all connections, so that idle connections hold none.
    pub(super) scratch: RefCell<Box<[u8]>>,
    ids: Cell<u64>,
    /// Number of open connections.
    open: Cell<usize>,
}

impl GateThread {
    /// Creates the state. Must run inside the thread's runtime.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            timers: Timers::new()?,
            cost: RefCell::default(),
            random: Random::new(0).into(),
            scratch: RefCell::new(vec![0; MAX_READ].into()),
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

    /// Returns how many bytes each direction of a connection may have in flight.
    pub(super) fn share(&self) -> usize {
        share(self.open.get())
    }

    /// Returns an id that is unique within this gate.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.replace(self.ids.get() + 1)
    }
}
