//! Measures the time until a service responds.

use super::{
    setup::{Setup, connect},
    topic::Topic,
};
use crate::facts::Facts;
use anyhow::Result;
use servers::spawned::Layout;
use std::time::Instant;

pub(crate) const TOPIC: Topic = Topic {
    name: "start",
    title: "Start",
};

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    for layout in [
        Layout::Threads(1),
        Layout::Threads(setup.workers),
        Layout::Processes(setup.workers),
    ] {
        let began = Instant::now();
        let service = setup.start(layout, &[])?;
        connect(&service)?;
        facts.add(
            TOPIC.title,
            &layout,
            ("until it answers", "ms"),
            began.elapsed().as_secs_f64() * 1e3,
        );
    }
    Ok(())
}
