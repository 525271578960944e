//! Ties this process to the one that started it.

use rustix::process::{Signal, set_parent_process_death_signal};

/// Makes the kernel end this process with its parent: a killed parent cannot end its children.
pub fn end_with_parent() {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        log::warn!("this will not end with the process that started it: {error}");
    }
}
