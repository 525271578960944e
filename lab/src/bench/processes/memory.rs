//! What a worker holds that nobody uses.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::{
    client::Transport,
    spawned::{Layout, SpawnedService},
};

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "memory",
    title: "Memory without connections",
};

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    for layout in [
        Layout::Threads(1),
        Layout::Threads(bed.workers),
        Layout::Processes(bed.workers),
    ] {
        let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &[])?;
        service.client()?.worker()?;
        let held = service.memory() as f64 / 1e6;
        notes.add(TOPIC.title, &layout, ("in all", "MB"), held);
        notes.add(
            TOPIC.title,
            &layout,
            ("for each worker", "MB"),
            held / layout.workers() as f64,
        );
    }
    Ok(())
}
