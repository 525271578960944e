//! The slowest response of a worker while the messages of all channels expire.

use super::metric;
use crate::load::{clock, pace::Pace};
use anyhow::{Result, bail};
use servers::spawned::{
    SpawnedService,
    client::{BlockingClient, WorkerThread},
    run_queue,
};
use std::time::Duration;

/// Requests per second: one in every sweep, which is once a second, that takes a few milliseconds.
const RATE: f64 = 500.0;
/// How long messages may take to expire beside their age.
const PATIENCE: Duration = Duration::from_secs(30);
/// The metric of the bytes of all histories.
const HISTORY_BYTES: &str = "trilane_held_bytes{";

/// The longest times of a response.
#[derive(Default)]
pub(super) struct Slowest {
    /// From its scheduled moment on.
    pub(super) response: Duration,
    /// From the request on, without the time in which the worker or the client was ready to run and
    /// other threads had the processors. `None` if the kernel does not count that.
    pub(super) without_waits: Option<Duration>,
}

/// Requests the metrics until no message is left.
pub(super) fn slowest_response(service: &SpawnedService, age: Duration) -> Result<Slowest> {
    let mut client = service.client()?;
    let worker = client.worker()?;
    let begin = clock::now();
    let (mut pace, mut slowest) = (Pace::open(RATE, begin), Slowest::default());
    let end = begin + age + PATIENCE;
    // Slow responses do not extend the wait.
    while let Some(moment) = pace.wait_until_due(end).filter(|_| clock::now() < end) {
        let metrics = slowest.request(&mut client, worker, moment)?;
        if metric::value(&metrics, HISTORY_BYTES)? == 0 {
            return Ok(slowest);
        }
    }
    bail!("messages do not expire within {:.0?}", age + PATIENCE)
}

impl Slowest {
    /// Requests the metrics, at `moment` by the schedule.
    fn request(
        &mut self,
        client: &mut BlockingClient,
        worker: WorkerThread,
        moment: Duration,
    ) -> Result<String> {
        let waited_before = waited(worker);
        let sent = clock::now();
        let metrics = client.get("/metrics")?;
        let received = clock::now();
        self.response = self.response.max(received.saturating_sub(moment));
        let without_waits = waited_before.and_then(|before| {
            let waits = waited(worker)?.saturating_sub(before);
            Some((received - sent).saturating_sub(waits))
        });
        self.without_waits = self.without_waits.max(without_waits);
        Ok(metrics)
    }
}

/// Returns how long a worker and this thread have waited for a processor so far.
fn waited(worker: WorkerThread) -> Option<Duration> {
    Some(run_queue::waited(worker)? + run_queue::this_thread_waited()?)
}
