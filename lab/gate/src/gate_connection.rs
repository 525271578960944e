//! An open connection as seen from outside its task: its peer, its counters, and a way to end it.

use super::{counters::ActivityCounters, recorder::Recorder, request};
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    task::Waker,
    time::Instant,
};
use wire::head::Head;

/// Longest request name that is kept, in characters.
const LONGEST_NAME: usize = 100;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionEnd {
    /// In order: both sides have closed, or the gate closes them.
    Closed,
    /// With a TCP reset to both sides.
    Reset,
}

pub(super) struct GateConnection {
    pub(super) id: u64,
    pub(super) peer: SocketAddr,
    pub(super) opened: Instant,
    pub(super) tally: RefCell<ActivityCounters>,
    /// Method and path of the first request.
    pub(super) first: RefCell<Option<String>>,
    pub(super) reset: Cell<bool>,
    pub(super) recorder: RefCell<Recorder>,
    waker: RefCell<Waker>,
}

impl GateConnection {
    pub(super) fn new(id: u64, peer: SocketAddr) -> Self {
        Self {
            id,
            peer,
            opened: Instant::now(),
            tally: ActivityCounters::default().into(),
            first: None.into(),
            reset: false.into(),
            recorder: Recorder::new().into(),
            waker: Waker::noop().clone().into(),
        }
    }

    /// Wakes the task, so that it checks the conditions again.
    pub(super) fn wake(&self) {
        self.waker.borrow().wake_by_ref();
    }

    /// Ends the connection with a TCP reset.
    pub(super) fn cut(&self) {
        self.reset.set(true);
        self.wake();
    }

    pub(super) fn wakes(&self, waker: &Waker) {
        self.waker.borrow_mut().clone_from(waker);
    }

    /// Records the first request.
    pub(super) fn record_request(&self, head: &Head<'_>) {
        self.first.borrow_mut().get_or_insert_with(|| {
            format!("{} {}", head.method(), request::path(head.target()))
                .chars()
                .take(LONGEST_NAME)
                .collect()
        });
    }
}
