//! Measures the memory of idle workers.

use super::{
    setup::{Setup, connect},
    topic::Topic,
};
use crate::facts::Facts;
use anyhow::Result;
use servers::spawned::Layout;

pub(crate) const TOPIC: Topic = Topic {
    name: "memory",
    title: "Memory without connections",
};

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    for layout in [
        Layout::Threads(1),
        Layout::Threads(setup.workers),
        Layout::Processes(setup.workers),
    ] {
        let service = setup.start(layout, &[])?;
        connect(&service)?;
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
