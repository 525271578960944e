//! Who serves where.

use super::{child::ChildHandle, control::ProcessState};
use futures_util::future::join_all;
use std::{cell::RefCell, env, ffi::OsString, io, path::PathBuf};

/// What the slots of a supervisor share.
pub(super) struct ProcessTable {
    /// What is started: the program as it is called now, so that a reload starts what was put into its place since.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    entries: Vec<RefCell<Entry>>,
}

#[derive(Default)]
struct Entry {
    link: Option<ChildHandle>,
    restarts: u64,
}

impl ProcessTable {
    /// With so many slots, and nobody there yet.
    pub(super) fn new(slots: usize) -> io::Result<Self> {
        let entries = (0..slots).map(|_| RefCell::default()).collect();
        Ok(Self {
            program: env::current_exe()?,
            arguments: env::args_os().skip(1).collect(),
            entries,
        })
    }

    /// Somebody serves in a slot from now on. Slots count from 1.
    pub(super) fn enter(&self, slot: usize, link: &ChildHandle) {
        self.entries[slot - 1].borrow_mut().link = Some(link.clone());
    }

    /// Who served in a slot has died.
    pub(super) fn leave(&self, slot: usize) {
        let mut entry = self.entries[slot - 1].borrow_mut();
        entry.link = None;
        entry.restarts += 1;
    }

    /// How everybody is. All are asked at the same time.
    pub(super) async fn overview(&self) -> Vec<ProcessState> {
        join_all((1..=self.entries.len()).map(|slot| self.state(slot))).await
    }

    async fn state(&self, process: usize) -> ProcessState {
        let (link, restarts) = {
            let entry = self.entries[process - 1].borrow();
            (entry.link.clone(), entry.restarts)
        };
        let metrics = match &link {
            Some(link) => link.report().await,
            None => None,
        };
        let uptime = link.as_ref().map_or(0, |link| link.uptime().as_secs());
        ProcessState {
            process,
            pid: link.map(|link| link.pid),
            uptime,
            restarts,
            metrics,
        }
    }
}
