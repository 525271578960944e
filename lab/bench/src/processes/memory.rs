//! Measures the memory of idle workers.

use super::{setup::Setup, topic::Topic};
use crate::facts::Facts;
use client::Transport;
use servers::spawned::{Layout, SpawnedService};

pub(crate) const TOPIC: Topic = Topic {
    name: "memory",
    title: "Memory without connections",
};

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<(), String> {
    for layout in [
        Layout::Threads(1),
        Layout::Threads(setup.workers),
        Layout::Processes(setup.workers),
    ] {
        let service = SpawnedService::start(layout, Transport::Sse, &setup.keys, &[])?;
        service.client()?.worker()?;
        let held = service.memory() as f64 / 1e6;
        facts.add(TOPIC.title, &layout, ("in all", "MB"), held);
        facts.add(
            TOPIC.title,
            &layout,
            ("for each worker", "MB"),
            held / layout.workers() as f64,
        );
    }
    Ok(())
}
