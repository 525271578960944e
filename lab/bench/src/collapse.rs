//! `lab bench collapse`: what a service sends for each message when a cache is in front of its
//! polls, beside polls without a cache and streams through the same nginx.

use crate::{
    load::{CHANNEL, SIZE, clock, engine::Engine, pace::Pace, target::Target},
    nginx::{self, LinkedService, MISSING},
    scenario::Transport,
    service_benchmark::{Description, Figures, P50, P99, ServiceBenchmark, quantiles},
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use service::server::raise_open_files;
use std::time::Duration;
use support::units::count;

/// Open files of this process for each subscriber: its connection, and both ends of its stream in
/// the link.
const FILES: usize = 3;
/// Open files for everything else.
const OTHER_FILES: usize = 200;
/// Seconds to start and to connect.
const START_SECONDS: u32 = 5;

const TOPIC: &str = "What a service behind nginx is asked and sends, for each message";
/// Messages per second.
const RATE: f64 = 1.0;
/// Messages before the measurement: until then subscribers come at different times.
const WARM_UP: u16 = 2;
/// Latencies of a measurement from which ten are beyond its p99.
const ENOUGH: u64 = 1000;
/// nginx looks twice a second whether the response has come that polls wait for.
const SETTLED: Duration = Duration::from_millis(600);

/// Seconds for which a response may be kept. Longer than the slowest subscriber is late.
const KEPT: &str = "10";
/// nginx with connections to the service that are kept, and with `CACHE` for its location.
const PROXY: &str = "proxy_cache_path cache keys_zone=polls:10m;
upstream service { server {service}; keepalive 64; }
server {
    listen {listen} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection \"\";
    proxy_read_timeout 75s;
    location / { proxy_pass http://service; CACHE }
}";
/// Of equal polls, one goes to the service.
const CACHE: &str = "proxy_cache polls; proxy_cache_lock on;";

/// How subscribers get their messages: a name, the transport, the settings of the service, and
/// those of the cache.
type Kind = (
    &'static str,
    Transport,
    &'static [&'static str],
    &'static str,
);

const KINDS: [Kind; 3] = [
    (
        "polls, from a cache",
        Transport::Longpoll,
        &["--poll-cache", KEPT],
        CACHE,
    ),
    ("polls, no cache", Transport::Longpoll, &[], ""),
    ("SSE", Transport::Sse, &[], ""),
];

/// The arguments of `lab bench collapse`.
#[derive(Args)]
pub(crate) struct Collapse {
    /// Numbers of subscribers, separated by commas, each 1 to 20000
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,100,1000,5000", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: Vec<u32>,

    /// Messages of each measurement, one per second
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    messages: u16,

    #[command(flatten)]
    benchmark: ServiceBenchmark<3>,
}

impl Collapse {
    pub(crate) fn run(&self) -> Result<()> {
        ensure!(nginx::is_installed(), MISSING);
        let most = raise_open_files().saturating_sub(OTHER_FILES) / FILES;
        let (readers, too_many): (Vec<u32>, Vec<u32>) =
            (self.subscribers.iter()).partition(|readers| **readers as usize <= most);
        let left_out = too_many.iter().map(|readers| {
            format!("{readers} subscribers are left out: the limit of open files allows {most}")
        });
        let most = readers.iter().max().copied().unwrap_or_default();
        let seconds = u32::from(self.messages) + START_SECONDS;
        let measurements = readers.len() * KINDS.len();
        let description = Description {
            workers: 1,
            expected: Some(Duration::from_secs(seconds.into()) * measurements as u32),
            warnings: left_out.collect(),
            closing: format!("Measured up to {}.", count(most.into(), "subscriber")),
        };
        self.benchmark.run(description, |facts| {
            for readers in &readers {
                for kind in &KINDS {
                    let subject = format!("{readers} × {}", kind.0);
                    let figures = measure(kind, *readers as usize, self.messages);
                    facts.add(TOPIC, &subject, figures.with_context(|| subject.clone())?);
                }
            }
            Ok(())
        })
    }
}

/// Returns the figures of this many messages to subscribers of one kind.
fn measure(
    (_, transport, settings, cache): &Kind,
    readers: usize,
    messages: u16,
) -> Result<Figures> {
    let http = PROXY.replace("CACHE", cache);
    let front = LinkedService::behind_nginx(*transport, settings, &http)?;
    let mut load = Engine::new(target(&front)?, SIZE)?;
    load.connect(readers)?;
    publish(&mut load, WARM_UP)?;
    load.settle()?;
    load.idle(SETTLED)?;
    load.count_anew();
    let before = front.traffic();
    publish(&mut load, messages)?;
    let lost = load.settle()?;
    load.idle(SETTLED)?;
    let wire = front.traffic().since(before);
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

#[derive(Deserialize)]
struct Published {
    id: String,
}

/// Returns the target of subscribers through nginx, and of a publisher that is not counted.
/// Subscribers begin one message behind: their first poll has a response at once, which they share
/// as well.
fn target(front: &LinkedService) -> Result<Target> {
    let mut publisher = front.service.client()?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let path = format!("/messages?channel={CHANNEL}");
        publisher.post(&path, r#"{"message":"before"}"#)?;
        let Published { id } = serde_json::from_str(&publisher.answer()?)?;
        ids.push(id);
    }
    let target = Target::ours(front.transport, &front.entry(), CHANNEL)?;
    let mut target = target.beginning_after(&ids[0]);
    target.publish = front.publish(CHANNEL).parse()?;
    Ok(target)
}

/// Publishes this many messages, the first at once.
fn publish(load: &mut Engine, messages: u16) -> Result<()> {
    // One more would be due after a whole number of intervals.
    let time = Duration::from_secs_f64((f64::from(messages) - 0.5) / RATE);
    load.run(&mut Pace::open(RATE, clock::now()), time)
}
