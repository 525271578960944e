//! What a service counts, in Prometheus' text form.

use crate::hub::Gone;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::borrow::Cow;

/// The counters of one service. All are plain atomics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Open streams and held polls.
    pub readers: Gauge,
    /// Open TCP connections, whoever holds them.
    pub connections: Gauge,
    /// Messages that this service's clients published and the broker accepted.
    pub published: Counter,
    /// Messages written to readers, once for each.
    pub delivered: Counter,
    gone: Family<Reason, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: Gone,
}

impl EncodeLabelValue for Gone {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let name = match self {
            Self::Left => "left",
            Self::Ended => "ended",
            Self::Slow => "slow",
            Self::Silent => "silent",
        };
        EncodeLabelValue::encode(&name, encoder)
    }
}

impl Metrics {
    /// Counters at zero, each labelled with the transport.
    pub fn new(transport: &'static str) -> Self {
        let mut root = Registry::with_prefix("trilane");
        let label = (Cow::Borrowed("transport"), Cow::Borrowed(transport));
        let registry = root.sub_registry_with_label(label);
        let (readers, connections) = (Gauge::default(), Gauge::default());
        let (published, delivered, gone) = (Counter::default(), Counter::default(), Family::default());
        registry.register("readers", "Open streams and held polls", readers.clone());
        registry.register("connections", "Open TCP connections", connections.clone());
        registry.register("published", "Messages accepted from clients", published.clone());
        registry.register("delivered", "Messages written to readers, once for each", delivered.clone());
        registry.register("streams_gone", "Streams that are no more, by reason", gone.clone());
        Self { registry: root, readers, connections, published, delivered, gone }
    }

    /// The text for `GET /metrics` (OpenMetrics 1.0).
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes everything");
        text
    }

    pub(crate) fn gone(&self, reason: Gone) {
        self.gone.get_or_create(&Reason { reason }).inc();
    }
}
