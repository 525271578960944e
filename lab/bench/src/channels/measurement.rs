//! What is measured for one number of channels. Every phase has services of its own, so that none
//! pays for what another one left.

use super::expiry::slowest_response;
use crate::{
    load::{CHANNEL, SIZE, engine::Engine, pace::Pace, publisher::Via, target::Target},
    scenario::Transport,
    service_benchmark::{Figure, Figures, millis},
};
use anyhow::Result;
use servers::{
    keyspace::Keyspace,
    spawned::{Layout, SpawnedService},
};
use std::{ops::Range, time::Duration};

/// Publications in flight.
pub(super) const IN_FLIGHT: usize = 16;
/// Longer than any measurement takes.
pub(super) const LONG: Duration = Duration::from_secs(600);
/// How long messages are kept where they are to expire, beside the time to publish them.
const SHORT: Duration = Duration::from_secs(3);
/// Channels published to in a second, at least.
const LEAST_PER_SECOND: u64 = 5000;
/// With fewer channels than this, the memory of one is not larger than the errors of its
/// measurement.
const LEAST_FOR_MEMORY: u64 = 1000;
/// The kernel counts CPU time in ticks of 10 ms. With less than this, a rate is a matter of
/// rounding.
const LEAST_CPU: Duration = Duration::from_millis(50);
/// Bytes of histories that a channel may have, so that none is trimmed for others.
const HISTORY_BYTES: u64 = 16 * 1024;
/// The same for all channels together, at least.
const LEAST_HISTORY_BYTES: u64 = 1 << 28;

/// The measurement for one number of channels.
pub(super) struct Measurement<'a> {
    /// One worker, with the broker that is measured.
    pub(super) layout: Layout,
    /// The broker.
    pub(super) url: &'a str,
    pub(super) channels: u64,
    pub(super) streams: usize,
}

impl Measurement<'_> {
    /// Returns all figures. `time` is the length of the phase with messages.
    pub(super) fn figures(&self, time: Duration) -> Result<Figures> {
        let mut figures = self.publications(time)?;
        figures.extend(self.openings()?);
        figures.extend(self.expiry()?);
        Ok(figures)
    }

    /// Creates all channels by publishing to them, half of them at a time; then publishes to them
    /// in turn.
    fn publications(&self, time: Duration) -> Result<Figures> {
        let service = self.start(LONG)?;
        let mut publisher = load(&service, 0..self.channels)?;
        let half = self.channels / 2;
        let rest = self.channels - half;
        publisher.publish_all(half, IN_FLIGHT)?;
        let memory = service.memory();
        let first = cpu_of(&service, || publisher.publish_all(rest, IN_FLIGHT))?;
        let grown = service.memory().saturating_sub(memory);
        let before = publisher.published();
        let mut pace = Pace::closed(IN_FLIGHT, 1, before);
        let further = cpu_of(&service, || publisher.run(&mut pace, time))?;
        let published = publisher.published() - before;
        let mut figures = Vec::new();
        figures.extend(rate("first messages", rest, first));
        figures.extend(rate("further messages", published, further));
        if self.channels >= LEAST_FOR_MEMORY {
            let each = grown as f64 / rest as f64;
            figures.push((("a channel with one message", "B"), each));
        }
        Ok(figures)
    }

    /// Publishes to all channels, some of which have streams: then all messages expire.
    fn expiry(&self) -> Result<Figures> {
        let age = SHORT + Duration::from_secs(self.channels / LEAST_PER_SECOND);
        let service = self.start(age)?;
        let mut readers = load(&service, self.others()..self.channels)?;
        readers.connect(self.streams)?;
        load(&service, 0..self.channels)?.publish_all(self.channels, IN_FLIGHT)?;
        let slowest = slowest_response(&service, age)?;
        let figure = ("slowest response while messages expire", "ms");
        let mut figures = vec![(figure, millis(slowest.response))];
        figures.extend(slowest.without_waits.map(|time| {
            let figure = ("the same without waits for a processor", "ms");
            (figure, millis(time))
        }));
        Ok(figures)
    }

    /// Returns how many channels are not for streams, which have those with the last numbers.
    pub(super) fn others(&self) -> u64 {
        self.channels.saturating_sub(self.streams as u64)
    }

    /// Starts a service with one worker that may have all channels beside `main`, which keep their
    /// messages for this time.
    pub(super) fn start(&self, age: Duration) -> Result<SpawnedService> {
        let max_channels = (self.channels + 1).to_string();
        let age = format!("{}s", age.as_secs());
        let total = (self.channels * HISTORY_BYTES).max(LEAST_HISTORY_BYTES);
        let settings = [
            "--max-channels",
            &max_channels,
            "--new-channels",
            "0",
            "--history-age",
            &age,
            "--history-total",
            &total.to_string(),
        ];
        let keys = Keyspace::new(self.url.to_owned());
        SpawnedService::start(self.layout, Transport::Sse, &keys, &settings)
    }
}

/// Returns a load whose streams and messages take the channels with these numbers in turn.
pub(super) fn load(service: &SpawnedService, channels: Range<u64>) -> Result<Engine> {
    let base = format!("http://{}", service.address);
    let mut target = Target::ours(Transport::Sse, &base, CHANNEL)?;
    target.channels = Some(channels);
    Engine::of_publishers(target, SIZE, Via::Post)
}

/// Returns the CPU time that a service uses meanwhile.
pub(super) fn cpu_of(
    service: &SpawnedService,
    act: impl FnOnce() -> Result<()>,
) -> Result<Duration> {
    let before = service.cpu();
    act()?;
    Ok(service.cpu() - before)
}

/// Returns how many operations there are for a second of CPU time, if it can be told.
pub(super) fn rate(what: &'static str, operations: u64, cpu: Duration) -> Option<(Figure, f64)> {
    let rate = operations as f64 / cpu.as_secs_f64();
    (cpu >= LEAST_CPU).then_some(((what, "per CPU-second"), rate))
}
