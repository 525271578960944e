//! What a service counts, in Prometheus' text form.

mod merge;

pub(crate) use merge::merge;

use crate::logging::dropped_lines;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Metric, Registry},
};
use std::{borrow::Cow, fmt, iter::once, ops::AddAssign};

/// The counters of one service. All are plain atomics, but for the histogram.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// The transport's name: the label of everything here.
    pub transport: &'static str,
    /// Open streams and held polls.
    pub subscribers: Gauge,
    /// Open TCP connections, whoever holds them.
    pub connections: Gauge,
    /// Those of them that actix serves.
    pub http_connections: Gauge,
    /// Channels that are open.
    pub channels: Gauge,
    /// Bytes of messages in the logs.
    pub history_bytes: Gauge,
    /// Tasks that wait, run, or have not told their channel how they ended.
    pub tasks: Gauge,
    /// 1 while the service stops.
    pub draining: Gauge,
    /// Messages that this service's clients published and the broker accepted.
    pub published: Counter,
    /// Messages given to readers, once for each.
    pub delivered: Counter,
    /// Bytes given to readers: frames of streams, bodies of polls.
    pub bytes: Counter,
    /// Readers told that they lost messages.
    pub resets: Counter,
    /// Readers told to go because the service stops.
    pub drained: Counter,
    /// How many messages a reader was behind when its socket took no more.
    pub lag: Histogram,
    /// From the delivery of a message to a worker until its last reader was given it.
    pub write_seconds: Histogram,
    gone: Family<Reason, Counter>,
    rejected: Family<Problem, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: DisconnectReason,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Problem {
    problem: &'static str,
}

/// Why a reader is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DisconnectReason {
    /// It closed the connection, or the network did.
    Left,
    /// The service ended the stream: after a close handshake, or because it is stopping.
    Ended,
    /// It took nothing for too long.
    Slow,
    /// It answered no heartbeat.
    Silent,
}

impl EncodeLabelValue for DisconnectReason {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let name = match self {
            Self::Left => "left",
            Self::Ended => "ended",
            Self::Slow => "slow",
            Self::Silent => "silent",
        };
        EncodeLabelValue::encode(&name, encoder)
    }
}

/// What readers were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Messages, once for each reader.
    pub messages: u64,
    /// Bytes of frames, or of the bodies of answers.
    pub bytes: u64,
    /// How many were told that they lost messages.
    pub resets: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.bytes += more.bytes;
        self.resets += more.resets;
    }
}

/// Puts a metric into a registry and hands it on.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// Counters at zero, each labelled with the transport.
    pub fn new(transport: &'static str) -> Self {
        Self::of_process(transport, None)
    }

    /// The same for one of several processes, labelled with its number too.
    pub(crate) fn of_process(transport: &'static str, process: Option<usize>) -> Self {
        let mut root = Registry::with_prefix("trilane");
        let label = |name, value| (Cow::Borrowed(name), value);
        let number = process.map(|process| label("process", Cow::Owned(process.to_string())));
        let labels = once(label("transport", Cow::Borrowed(transport))).chain(number);
        let to = root.sub_registry_with_labels(labels);
        // From 50 µs to 13 s.
        let buckets = || Histogram::new(exponential_buckets(0.000_05, 2.0, 19));
        let lag = || Histogram::new(exponential_buckets(1.0, 4.0, 10));
        add(
            to,
            "log_lines_dropped",
            "Log lines that nobody read fast enough",
            dropped_lines(),
        );
        Self {
            transport,
            subscribers: add(
                to,
                "readers",
                "Open streams and held polls",
                Gauge::default(),
            ),
            connections: add(to, "connections", "Open TCP connections", Gauge::default()),
            http_connections: add(
                to,
                "http_connections",
                "Open TCP connections that HTTP is spoken on",
                Gauge::default(),
            ),
            channels: add(to, "channels", "Open channels", Gauge::default()),
            history_bytes: add(
                to,
                "held_bytes",
                "Bytes of messages in the logs",
                Gauge::default(),
            ),
            tasks: add(to, "tasks", "Tasks that wait or run", Gauge::default()),
            draining: add(
                to,
                "draining",
                "1 while the service stops",
                Gauge::default(),
            ),
            published: add(
                to,
                "published",
                "Messages accepted from clients",
                Counter::default(),
            ),
            delivered: add(
                to,
                "delivered",
                "Messages given to readers, once for each",
                Counter::default(),
            ),
            bytes: add(
                to,
                "delivered_bytes",
                "Bytes given to readers: frames of streams, bodies of polls",
                Counter::default(),
            ),
            resets: add(
                to,
                "resets",
                "Readers told that they lost messages",
                Counter::default(),
            ),
            drained: add(
                to,
                "drained",
                "Readers told to go because the service stops",
                Counter::default(),
            ),
            lag: add(
                to,
                "lag_messages",
                "How far behind a reader is when its socket takes no more",
                lag(),
            ),
            write_seconds: add(
                to,
                "write_seconds",
                "From a delivery to its last reader, for each worker",
                buckets(),
            ),
            gone: add(
                to,
                "streams_gone",
                "Streams and waiting polls that are no more, by reason",
                Family::default(),
            ),
            rejected: add(
                to,
                "rejected",
                "Requests answered with a problem, by its name",
                Family::default(),
            ),
            registry: root,
        }
    }

    /// The text for `GET /metrics`, in Prometheus' format 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes everything");
        to_prometheus(&text)
    }

    /// Counts what readers were given.
    pub fn count_delivery(&self, sent: Sent) {
        self.delivered.inc_by(sent.messages);
        self.bytes.inc_by(sent.bytes);
        self.resets.inc_by(sent.resets);
    }

    /// Counts a request that was refused.
    pub fn count_rejection(&self, problem: &'static str) {
        self.rejected.get_or_create(&Problem { problem }).inc();
    }

    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        self.gone.get_or_create(&Reason { reason }).inc();
    }
}

/// OpenMetrics names a counter without its `_total` and ends with a mark; the older format, which every tool reads, does
/// neither.
fn to_prometheus(open_metrics: &str) -> String {
    let counters: Vec<_> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        let mut words: Vec<_> = line.splitn(4, ' ').map(Cow::Borrowed).collect();
        if words[0] == "#" && counters.contains(&&*words[2]) {
            words[2].to_mut().push_str("_total");
        }
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_prometheus_own() {
        let metrics = Metrics::new("sse");
        metrics.published.inc();
        metrics.count_rejection("bad-cursor");
        metrics.write_seconds.observe(0.001);
        let text = metrics.render();
        for line in [
            "# HELP trilane_published_total Messages accepted from clients.",
            "# TYPE trilane_published_total counter",
            "trilane_published_total{transport=\"sse\"} 1",
            "trilane_rejected_total{transport=\"sse\",problem=\"bad-cursor\"} 1",
            "# TYPE trilane_readers gauge",
            "trilane_write_seconds_count{transport=\"sse\"} 1",
        ] {
            assert!(
                text.lines().any(|each| each == line),
                "{line} is not in\n{text}"
            );
        }
        assert!(!text.contains("# EOF"));
    }
}
