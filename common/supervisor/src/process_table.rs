//! Which process serves in which slot.

use super::{child_handle::ChildHandle, control::ProcessState};
use futures_util::future::join_all;
use std::{cell::RefCell, env, ffi::OsString, io, path::PathBuf};

/// What the slots of a supervisor share.
pub(super) struct ProcessTable {
    /// The program to start. A reload starts the file that is at this path then.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    entries: Vec<RefCell<Entry>>,
}

#[derive(Default)]
struct Entry {
    process: Option<ChildHandle>,
    restarts: u64,
}

impl ProcessTable {
    /// Creates a table of empty slots.
    ///
    /// # Errors
    ///
    /// If the path of this program is unknown.
    pub(super) fn new(slots: usize) -> io::Result<Self> {
        let entries = (0..slots).map(|_| RefCell::default()).collect();
        Ok(Self {
            program: env::current_exe()?,
            arguments: env::args_os().skip(1).collect(),
            entries,
        })
    }

    /// Records that a process serves in a slot. Slots count from 1.
    pub(super) fn enter(&self, slot: usize, process: &ChildHandle) {
        self.entries[slot - 1].borrow_mut().process = Some(process.clone());
    }

    /// Records that the process in a slot has died.
    pub(super) fn record_death(&self, slot: usize) {
        let mut entry = self.entries[slot - 1].borrow_mut();
        entry.process = None;
        entry.restarts += 1;
    }

    /// Returns the states of all slots. All processes are asked at the same time.
    pub(super) async fn overview(&self) -> Vec<ProcessState> {
        join_all((1..=self.entries.len()).map(|slot| self.state(slot))).await
    }

    async fn state(&self, slot: usize) -> ProcessState {
        let (process, restarts) = {
            let entry = self.entries[slot - 1].borrow();
            (entry.process.clone(), entry.restarts)
        };
        let metrics = match &process {
            Some(process) => process.report().await,
            None => None,
        };
        let uptime = process
            .as_ref()
            .map_or(0, |process| process.uptime().as_secs());
        ProcessState {
            process: slot,
            pid: process.map(|process| process.pid),
            uptime,
            restarts,
            metrics,
        }
    }
}
