//! The metrics of a service.

mod delivery;
mod disconnect_reason;
mod merge;
mod prometheus;

pub use delivery::Sent;
pub(crate) use disconnect_reason::DisconnectReason;
pub(crate) use merge::merge;

use crate::logging::dropped_lines;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Metric, Registry},
};
use std::{borrow::Cow, iter::once};

/// The metrics of one service. Counters and gauges are plain atomics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// The transport's name, a label of all metrics.
    pub transport: &'static str,
    /// Open streams and waiting polls.
    pub subscribers: Gauge,
    /// Open TCP connections.
    pub connections: Gauge,
    /// Open TCP connections that actix serves.
    pub http_connections: Gauge,
    /// Open channels.
    pub channels: Gauge,
    /// Bytes of messages in the histories.
    pub history_bytes: Gauge,
    /// Tasks that wait, run, or have not published their end.
    pub tasks: Gauge,
    /// 1 while the service drains.
    pub draining: Gauge,
    /// Messages that clients of this service published and the broker accepted.
    pub published: Counter,
    /// Messages sent to subscribers, once for each.
    pub delivered: Counter,
    /// Bytes sent to subscribers: frames of streams, bodies of polls.
    pub bytes: Counter,
    /// Resets sent to subscribers.
    pub resets: Counter,
    /// Subscribers disconnected because the service drains.
    pub drained: Counter,
    /// How many messages a subscriber was behind when its socket blocked.
    pub lag: Histogram,
    /// Seconds from the delivery of a message to a worker thread until all of its subscribers were
    /// sent it.
    pub write_seconds: Histogram,
    disconnects: Family<ReasonLabel, Counter>,
    rejections: Family<ProblemLabel, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: DisconnectReason,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ProblemLabel {
    problem: &'static str,
}

impl Metrics {
    /// Creates metrics labelled with the transport.
    pub fn new(transport: &'static str) -> Self {
        Self::of_process(transport, None)
    }

    /// Creates the metrics of one of several processes, labelled with its number too.
    pub(crate) fn of_process(transport: &'static str, process: Option<usize>) -> Self {
        let mut root = Registry::with_prefix("trilane");
        let label = |name, value| (Cow::Borrowed(name), value);
        let process = process.map(|process| label("process", Cow::Owned(process.to_string())));
        let labels = once(label("transport", Cow::Borrowed(transport))).chain(process);
        let to = root.sub_registry_with_labels(labels);
        add(
            to,
            "log_lines_dropped",
            "Log lines dropped because the log was not read fast enough",
            dropped_lines(),
        );
        Self {
            transport,
            subscribers: gauge(to, "readers", "Open streams and waiting polls"),
            connections: gauge(to, "connections", "Open TCP connections"),
            http_connections: gauge(to, "http_connections", "Open TCP connections that use HTTP"),
            channels: gauge(to, "channels", "Open channels"),
            history_bytes: gauge(to, "held_bytes", "Bytes of messages in the histories"),
            tasks: gauge(to, "tasks", "Tasks that wait or run"),
            draining: gauge(to, "draining", "1 while the service drains"),
            published: counter(to, "published", "Messages accepted from clients"),
            delivered: counter(
                to,
                "delivered",
                "Messages sent to subscribers, once for each",
            ),
            bytes: counter(
                to,
                "delivered_bytes",
                "Bytes sent to subscribers: frames of streams, bodies of polls",
            ),
            resets: counter(to, "resets", "Resets sent to subscribers"),
            drained: counter(
                to,
                "drained",
                "Subscribers disconnected because the service drains",
            ),
            lag: add(
                to,
                "lag_messages",
                "How many messages a subscriber is behind when its socket blocks",
                Histogram::new(exponential_buckets(1.0, 4.0, 10)),
            ),
            write_seconds: add(
                to,
                "write_seconds",
                "From a delivery to its last subscriber, for each worker thread",
                // From 50 µs to 13 s.
                Histogram::new(exponential_buckets(0.000_05, 2.0, 19)),
            ),
            disconnects: add(
                to,
                "streams_gone",
                "Streams and waiting polls that have ended, by reason",
                Family::default(),
            ),
            rejections: add(
                to,
                "rejected",
                "Requests answered with a problem, by its name",
                Family::default(),
            ),
            registry: root,
        }
    }

    /// Renders the metrics in Prometheus's text format 0.0.4, for `GET /metrics`.
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String does not fail");
        prometheus::from_open_metrics(&text)
    }

    /// Counts what subscribers were sent.
    pub fn count_delivery(&self, sent: Sent) {
        self.delivered.inc_by(sent.messages);
        self.bytes.inc_by(sent.bytes);
        self.resets.inc_by(sent.resets);
    }

    /// Counts a request that was answered with this problem.
    pub fn count_rejection(&self, problem: &'static str) {
        let label = ProblemLabel { problem };
        self.rejections.get_or_create(&label).inc();
    }

    /// Counts a subscriber that was disconnected.
    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        let label = ReasonLabel { reason };
        self.disconnects.get_or_create(&label).inc();
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    add(registry, name, help, Gauge::default())
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    add(registry, name, help, Counter::default())
}

/// Registers a metric and returns it.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_in_prometheus_format() {
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
