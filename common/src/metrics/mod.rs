//! The metrics of a service.

mod delivery;
mod merge;
mod prometheus;

pub use delivery::Sent;
pub use merge::merge;

use crate::logging::dropped_lines;
use net::DisconnectReason;
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

/// Declares [`Metrics`]: of each metric the field, its type, its name, what it counts, and how it
/// begins if not at zero.
macro_rules! metrics {
    ($($visible:vis $field:ident: $type:ty = $name:literal, $help:literal $(, $new:expr)?;)*) => {
        /// The metrics of one service. Counters and gauges are plain atomics.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            /// The transport's name, a label of all metrics.
            pub transport: &'static str,
            $(#[doc = $help] $visible $field: $type,)*
        }

        impl Metrics {
            /// Creates the metrics of one of several processes, labelled with its number too.
            pub fn of_process(transport: &'static str, process: Option<usize>) -> Self {
                let mut root = Registry::with_prefix("trilane");
                let to = labelled(&mut root, transport, process);
                add(
                    to,
                    "log_lines_dropped",
                    "Log lines dropped because the log was not read fast enough",
                    dropped_lines(),
                );
                $(let $field = add(to, $name, $help, initial!($type $(, $new)?));)*
                Self {
                    transport,
                    $($field,)*
                    registry: root,
                }
            }
        }
    };
}

macro_rules! initial {
    ($type:ty) => {
        <$type>::default()
    };
    ($type:ty, $new:expr) => {
        $new
    };
}

metrics! {
    pub subscribers: Gauge = "readers", "Open streams and waiting polls";
    pub connections: Gauge = "connections", "Open TCP connections";
    pub http_connections: Gauge = "http_connections", "Open TCP connections that use HTTP";
    pub channels: Gauge = "channels", "Open channels";
    pub history_bytes: Gauge = "held_bytes", "Bytes of messages in the histories";
    pub tasks: Gauge = "tasks", "Tasks that wait or run";
    pub draining: Gauge = "draining", "1 while the service drains";
    pub broker_away: Gauge = "broker_away", "1 while the broker is away or takes no messages";
    pub published: Counter = "published", "Messages accepted from clients";
    pub delivered: Counter = "delivered", "Messages sent to subscribers, once for each";
    pub bytes: Counter = "delivered_bytes",
        "Bytes sent to subscribers: frames of streams, bodies of polls";
    pub resets: Counter = "resets", "Resets sent to subscribers";
    pub drained: Counter = "drained", "Subscribers disconnected because the service drains";
    pub lag: Histogram = "lag_messages",
        "How many messages a subscriber is behind when its socket blocks",
        Histogram::new(exponential_buckets(1.0, 4.0, 10));
    // From 50 µs to 13 s.
    pub write_seconds: Histogram = "write_seconds",
        "From a delivery to its last subscriber, for each worker thread",
        Histogram::new(exponential_buckets(0.000_05, 2.0, 19));
    disconnects: Family<ReasonLabel, Counter> = "streams_gone",
        "Streams and waiting polls that have ended, by reason";
    rejections: Family<ProblemLabel, Counter> = "rejected",
        "Requests answered with a problem, by its name";
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

/// Returns the registry for metrics with the labels of a service.
fn labelled<'a>(
    root: &'a mut Registry,
    transport: &'static str,
    process: Option<usize>,
) -> &'a mut Registry {
    let label = |name, value| (Cow::Borrowed(name), value);
    let process = process.map(|process| label("process", Cow::Owned(process.to_string())));
    let labels = once(label("transport", Cow::Borrowed(transport))).chain(process);
    root.sub_registry_with_labels(labels)
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
