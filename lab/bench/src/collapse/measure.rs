//! Measures what messages to subscribers of one kind cost the service.

use super::front::{Front, Kind};
use crate::{
    facts::{Figure, P50, P99, quantiles},
    load::{clock, engine::Engine, pace::Pace},
    run::gated_link::between,
};
use anyhow::Result;
use std::time::Duration;

pub(super) const TOPIC: &str = "What a service behind nginx is asked and sends, for each message";
/// Size of a message's text in bytes.
const SIZE: usize = 100;
/// Messages per second.
const RATE: f64 = 1.0;
/// Messages before the measurement: until then subscribers come at different times.
const WARM_UP: u16 = 2;
/// Latencies of a measurement from which ten are beyond its p99.
const ENOUGH: u64 = 1000;
/// nginx looks twice a second whether the response has come that polls wait for.
const SETTLED: Duration = Duration::from_millis(600);

/// Returns the figures of this many messages to subscribers of one kind.
pub(super) fn measure(kind: &Kind, readers: usize, messages: u16) -> Result<Vec<(Figure, f64)>> {
    let front = Front::start(kind)?;
    let mut load = Engine::new(front.target()?, SIZE)?;
    load.connect(readers)?;
    publish(&mut load, WARM_UP)?;
    load.settle()?;
    load.idle(SETTLED)?;
    load.count_anew();
    let before = front.traffic();
    publish(&mut load, messages)?;
    let lost = load.settle()?;
    load.idle(SETTLED)?;
    let wire = between(before, front.traffic());
    let counted = load.take_counters();
    let each = |count: u64| count as f64 / counted.published.max(1) as f64;
    let [p50, p99] = quantiles(&counted.latency, "ms", [P50, P99]);
    let mut figures = vec![
        (("requests", "1/message"), each(wire.requests)),
        (("bytes sent", "B/message"), each(wire.down_bytes)),
        (("bytes received", "B/message"), each(wire.up_bytes)),
        p50,
    ];
    figures.extend((counted.latency.count() >= ENOUGH).then_some(p99));
    figures.push((("deliveries", ""), counted.received as f64));
    figures.push((("lost", ""), lost as f64));
    Ok(figures)
}

/// Publishes this many messages, the first at once.
fn publish(load: &mut Engine, messages: u16) -> Result<()> {
    // One more would be due after a whole number of intervals.
    let time = Duration::from_secs_f64((f64::from(messages) - 0.5) / RATE);
    load.run(&mut Pace::open(RATE, clock::now()), time)
}
