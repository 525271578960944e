//! Ties this process to the one that started it.

use rustix::process::{Signal, set_parent_process_death_signal};

/// Makes the kernel end this process with its parent: a killed parent cannot end its children.
pub fn end_with_parent() {
    on_death_of_parent(Signal::KILL);
}

/// Makes the kernel ask this process to end when its parent ends. The request stays when another
/// program replaces this one, which can then end processes of its own.
pub fn ask_to_end_with_parent() {
    on_death_of_parent(Signal::TERM);
}

fn on_death_of_parent(signal: Signal) {
    if let Err(error) = set_parent_process_death_signal(Some(signal)) {
        log::warn!("this will not end with the process that started it: {error}");
    }
}
