//! How long it takes until a service answers.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::{
    client::Transport,
    spawned::{Layout, SpawnedService},
};
use std::time::Instant;

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "start",
    title: "Start",
};

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    for layout in [
        Layout::Threads(1),
        Layout::Threads(bed.workers),
        Layout::Processes(bed.workers),
    ] {
        let began = Instant::now();
        let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &[])?;
        service.client()?.worker()?;
        notes.add(
            TOPIC.title,
            &layout,
            ("until it answers", "ms"),
            began.elapsed().as_secs_f64() * 1e3,
        );
    }
    Ok(())
}
