//! What is measured for one number of channels. Every phase has services of its own, so that none
//! pays for what another one left.

use super::{
    expiry::slowest_response,
    setup::{Setup, load},
};
use crate::{facts::Figure, load::pace::Pace};
use anyhow::Result;
use servers::spawned::SpawnedService;
use std::{thread, time::Duration};

/// Publications in flight.
const IN_FLIGHT: usize = 16;
/// Longer than any measurement takes.
const LONG: Duration = Duration::from_secs(600);
/// How long messages are kept where they are to expire, beside the time to publish them.
const SHORT: Duration = Duration::from_secs(3);
/// Channels published to in a second, at least.
const LEAST_PER_SECOND: u64 = 5000;
/// Memory for opening connections is freed in this time.
const REST: Duration = Duration::from_secs(1);
/// With fewer channels than this, the memory of one is not larger than the errors of its
/// measurement.
const LEAST_FOR_MEMORY: u64 = 1000;
/// The kernel counts CPU time in ticks of 10 ms. With less than this, a rate is a matter of
/// rounding.
const LEAST_CPU: Duration = Duration::from_millis(50);

/// The measurement for one number of channels.
struct Measurement<'a> {
    setup: &'a Setup,
    channels: u64,
    figures: Vec<(Figure, f64)>,
}

/// Returns the figures of this number of channels.
pub(super) fn measure(setup: &Setup, channels: u64) -> Result<Vec<(Figure, f64)>> {
    let mut measurement = Measurement {
        setup,
        channels,
        figures: Vec::new(),
    };
    measurement.publications()?;
    measurement.streams()?;
    Ok(measurement.figures)
}

impl Measurement<'_> {
    /// Creates all channels by publishing to them, half of them at a time; then publishes to them
    /// in turn.
    fn publications(&mut self) -> Result<()> {
        let service = self.setup.start(self.channels, LONG)?;
        let mut publisher = load(&service, 0..self.channels)?;
        let half = self.channels / 2;
        publisher.publish_all(half, IN_FLIGHT)?;
        let (memory, cpu) = (service.memory(), service.cpu());
        publisher.publish_all(self.channels - half, IN_FLIGHT)?;
        self.add_rate("first messages", self.channels - half, service.cpu() - cpu);
        let grown = service.memory().saturating_sub(memory);
        let (before, cpu) = (publisher.published(), service.cpu());
        let mut pace = Pace::closed(IN_FLIGHT, 1, before);
        publisher.run(&mut pace, self.setup.time)?;
        let published = publisher.published() - before;
        self.add_rate("further messages", published, service.cpu() - cpu);
        if self.channels >= LEAST_FOR_MEMORY {
            let each = grown as f64 / (self.channels - half) as f64;
            let figure = ("a channel with one message", "B");
            self.figures.push((figure, each));
        }
        Ok(())
    }

    /// Opens streams on channels that are empty, each on its own if there are enough, and publishes
    /// to all channels: then all messages expire.
    fn streams(&mut self) -> Result<()> {
        let (channels, streams) = (self.channels, self.setup.streams as u64);
        let age = SHORT + Duration::from_secs(channels / LEAST_PER_SECOND);
        let service = self.setup.start(channels, age)?;
        // The channels with the last numbers are for the streams.
        let others = channels.saturating_sub(streams);
        let mut publisher = load(&service, 0..channels)?;
        publisher.publish_all(others, IN_FLIGHT)?;
        let mut readers = load(&service, others..channels)?;
        let half = self.setup.streams / 2;
        let cpu = service.cpu();
        readers.connect(half)?;
        let memory = memory_at_rest(&service);
        readers.connect(self.setup.streams - half)?;
        self.add_rate("streams opened", streams, service.cpu() - cpu);
        let grown = memory_at_rest(&service).saturating_sub(memory);
        let each = grown as f64 / (self.setup.streams - half) as f64;
        let figure = ("a stream and its empty channel", "B");
        self.figures.push((figure, each));
        publisher.publish_all(channels, IN_FLIGHT)?;
        let slowest = slowest_response(&service, age)?.as_secs_f64() * 1e3;
        let figure = ("slowest response while messages expire", "ms");
        self.figures.push((figure, slowest));
        Ok(())
    }

    fn add_rate(&mut self, what: &'static str, operations: u64, cpu: Duration) {
        if cpu >= LEAST_CPU {
            let rate = operations as f64 / cpu.as_secs_f64();
            self.figures.push(((what, "per CPU-second"), rate));
        }
    }
}

fn memory_at_rest(service: &SpawnedService) -> u64 {
    thread::sleep(REST);
    service.memory()
}
