//! What a stream on a channel of its own costs, among other channels.

use super::{
    measurement::{IN_FLIGHT, LONG, Measurement, cpu_of, load, rate},
    metric,
};
use crate::service_benchmark::Figures;
use anyhow::{Result, bail};
use servers::spawned::SpawnedService;
use std::{thread, time::Duration};

/// After this time, what was published is stored, and memory for opening connections is freed.
const REST: Duration = Duration::from_secs(1);
/// How often the service is asked whether all streams have ended, and for how long.
const ASKED_EVERY: Duration = Duration::from_millis(50);
const ASKED: usize = 200;
/// The metric of the streams that are open.
const READERS: &str = "trilane_readers{";

impl Measurement<'_> {
    /// Opens streams on channels that are empty, each on its own if there are enough, among others
    /// with a message. Then ends all of them and opens them again: a service with a Redis has these
    /// channels already, as it has a single one after the first stream.
    pub(super) fn openings(&self) -> Result<Figures> {
        let service = self.start(LONG)?;
        let mut publisher = load(&service, 0..self.channels)?;
        publisher.publish_all(self.others(), IN_FLIGHT)?;
        thread::sleep(REST);
        let channels = self.others()..self.channels;
        let mut readers = load(&service, channels.clone())?;
        let half = self.streams / 2;
        let rest = self.streams - half;
        let first = cpu_of(&service, || readers.connect(half))?;
        let memory = memory_at_rest(&service);
        let second = cpu_of(&service, || readers.connect(rest))?;
        let grown = memory_at_rest(&service).saturating_sub(memory);
        drop(readers);
        wait_until_all_have_ended(&service)?;
        let mut readers = load(&service, channels)?;
        let again = cpu_of(&service, || readers.connect(self.streams))?;
        let streams = self.streams as u64;
        let mut figures = Vec::new();
        figures.extend(rate("streams opened", streams, first + second));
        figures.extend(rate("streams opened again", streams, again));
        let each = grown as f64 / rest as f64;
        figures.push((("a stream and its empty channel", "B"), each));
        Ok(figures)
    }
}

fn memory_at_rest(service: &SpawnedService) -> u64 {
    thread::sleep(REST);
    service.memory()
}

/// Waits until the service has noticed the end of every stream.
fn wait_until_all_have_ended(service: &SpawnedService) -> Result<()> {
    let mut client = service.client()?;
    for _ in 0..ASKED {
        if metric::value(&client.get("/metrics")?, READERS)? == 0 {
            return Ok(());
        }
        thread::sleep(ASKED_EVERY);
    }
    bail!("the streams do not end")
}
