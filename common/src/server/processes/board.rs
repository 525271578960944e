//! Who serves where.

use super::{child::Link, control::State};
use futures_util::future::join_all;
use std::{cell::RefCell, env, ffi::OsString, io, path::PathBuf};

/// What the slots of a supervisor share.
pub(super) struct Board {
    /// What is started: the program as it is called now, so that a reload starts what was put into its place since.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    seats: Vec<RefCell<Seat>>,
}

#[derive(Default)]
struct Seat {
    link: Option<Link>,
    restarts: u64,
}

impl Board {
    /// With so many slots, and nobody there yet.
    pub(super) fn new(slots: usize) -> io::Result<Self> {
        let seats = (0..slots).map(|_| RefCell::default()).collect();
        Ok(Self { program: env::current_exe()?, arguments: env::args_os().skip(1).collect(), seats })
    }

    /// Somebody serves in a slot from now on. Slots count from 1.
    pub(super) fn enter(&self, slot: usize, link: &Link) {
        self.seats[slot - 1].borrow_mut().link = Some(link.clone());
    }

    /// Who served in a slot has died.
    pub(super) fn leave(&self, slot: usize) {
        let mut seat = self.seats[slot - 1].borrow_mut();
        seat.link = None;
        seat.restarts += 1;
    }

    /// How everybody is. All are asked at the same time.
    pub(super) async fn overview(&self) -> Vec<State> {
        join_all((1..=self.seats.len()).map(|slot| self.state(slot))).await
    }

    async fn state(&self, process: usize) -> State {
        let (link, restarts) = {
            let seat = self.seats[process - 1].borrow();
            (seat.link.clone(), seat.restarts)
        };
        let metrics = match &link {
            Some(link) => link.report().await,
            None => None,
        };
        let uptime = link.as_ref().map_or(0, |link| link.uptime().as_secs());
        State { process, pid: link.map(|link| link.pid), uptime, restarts, metrics }
    }
}
