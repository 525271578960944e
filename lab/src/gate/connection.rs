//! What is known of an open connection from outside of its task: who it is, what it has carried, and how to end it.

use super::{capture::Recorder, counters::Tally, head::Head};
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    task::Waker,
    time::Instant,
};

/// Requests are named as far as this.
const LONGEST_NAME: usize = 100;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Both sides said goodbye, or the gate does so for them.
    Closed,
    /// With a TCP reset to both sides.
    Reset,
}

pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) peer: SocketAddr,
    pub(super) opened: Instant,
    pub(super) tally: RefCell<Tally>,
    /// What it was opened for, without the query.
    pub(super) first: RefCell<Option<String>>,
    pub(super) reset: Cell<bool>,
    pub(super) recorder: RefCell<Recorder>,
    waker: RefCell<Waker>,
}

impl Connection {
    pub(super) fn new(id: u64, peer: SocketAddr) -> Self {
        Self {
            id,
            peer,
            opened: Instant::now(),
            tally: Tally::default().into(),
            first: None.into(),
            reset: false.into(),
            recorder: Recorder::new().into(),
            waker: Waker::noop().clone().into(),
        }
    }

    /// Lets its task look around.
    pub(super) fn wake(&self) {
        self.waker.borrow().wake_by_ref();
    }

    /// Ends it with a reset.
    pub(super) fn cut(&self) {
        self.reset.set(true);
        self.wake();
    }

    pub(super) fn wakes(&self, waker: &Waker) {
        self.waker.borrow_mut().clone_from(waker);
    }

    /// Keeps what the first request was for.
    pub(super) fn note_request(&self, head: &Head) {
        self.first.borrow_mut().get_or_insert_with(|| {
            format!("{} {}", head.method(), head.path())
                .chars()
                .take(LONGEST_NAME)
                .collect()
        });
    }
}
