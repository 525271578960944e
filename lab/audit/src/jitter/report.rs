//! The result of the profile `jitter`, as JSON and as text.

use super::{Jitter, Manner, subscriber::RowCounts};
use serde::Serialize;
use std::fmt::{self, Formatter};
use support::{histogram::Histogram, units::grouped};

/// The result of all rows.
#[derive(Serialize)]
pub(crate) struct JitterReport {
    /// Whether every robust client got every message once.
    pub(crate) holds: bool,
    profile: &'static str,
    seed: u64,
    subscribers: u32,
    messages: u32,
    pace_seconds: f64,
    cut_every_seconds: f64,
    offline_seconds: f64,
    rows: Vec<Row>,
}

/// One transport with subscribers of one manner.
#[derive(Serialize)]
pub(super) struct Row {
    transport: &'static str,
    client: Manner,
    /// Connections cut.
    cuts: u64,
    /// Messages times subscribers.
    expected: u64,
    received: u64,
    duplicates: u64,
    delivered_percent: f64,
    /// From the publication of a message until a client has it.
    latency: Percentiles,
    /// From the end of an offline window until a client has a message that was published in it.
    replay: Percentiles,
}

/// Percentiles in milliseconds. They are 0 if nothing was counted.
#[derive(Serialize)]
struct Percentiles {
    count: u64,
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Percentiles {
    fn of(histogram: &Histogram) -> Self {
        let at = |share| histogram.quantile(share) as f64 / 1000.0;
        Self {
            count: histogram.count(),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: at(1.0),
        }
    }

    fn cells(&self) -> String {
        if self.count == 0 {
            return format!("{:>12}{:>9}{:>9}", "–", "–", "–");
        }
        format!("{:>12.0}{:>9.0}{:>9.0}", self.p50, self.p95, self.p99)
    }
}

impl Row {
    pub(super) fn new(
        transport: &'static str,
        client: Manner,
        args: &Jitter,
        counts: &RowCounts,
    ) -> Self {
        let expected = u64::from(args.subscribers) * u64::from(args.messages);
        Self {
            transport,
            client,
            cuts: counts.cuts,
            expected,
            received: counts.received,
            duplicates: counts.duplicates,
            delivered_percent: 100.0 * counts.received as f64 / expected as f64,
            latency: Percentiles::of(&counts.latency),
            replay: Percentiles::of(&counts.replay),
        }
    }

    fn is_complete(&self) -> bool {
        self.received == self.expected && self.duplicates == 0
    }
}

impl JitterReport {
    pub(super) fn new(args: &Jitter, seed: u64, rows: Vec<Row>) -> Self {
        let robust = rows.iter().filter(|row| row.client == Manner::Robust);
        Self {
            holds: robust.clone().all(Row::is_complete),
            profile: "jitter",
            seed,
            subscribers: args.subscribers,
            messages: args.messages,
            pace_seconds: args.pace.as_secs_f64(),
            cut_every_seconds: args.cut_every.as_secs_f64(),
            offline_seconds: args.offline.as_secs_f64(),
            rows,
        }
    }
}

impl fmt::Display for JitterReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} subscribers on each transport, {} messages {} s apart; each cut every {} s, \
             offline for {} s; seed {}",
            grouped(u64::from(self.subscribers)),
            grouped(u64::from(self.messages)),
            self.pace_seconds,
            self.cut_every_seconds,
            self.offline_seconds,
            self.seed
        )?;
        writeln!(
            f,
            "{:<24}{:>9}{:>12}{:>30}{:>30}",
            "", "cuts", "delivered", "latency p50, p95, p99 in ms", "replay p50, p95, p99 in ms"
        )?;
        for row in &self.rows {
            let name = format!("{}, {}", row.transport, row.client.name());
            writeln!(
                f,
                "{name:<24}{:>9}{:>10.2} %{}{}",
                grouped(row.cuts),
                row.delivered_percent,
                row.latency.cells(),
                row.replay.cells()
            )?;
        }
        f.write_str(if self.holds {
            "Every robust client received every message once."
        } else {
            "A robust client missed messages or received some twice."
        })
    }
}
