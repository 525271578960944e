//! A hub for the tests of brokers.

use common::{
    history::Retention,
    hub::{Hub, Timeouts},
    metrics::Metrics,
};
use std::{sync::Arc, time::Duration};

/// Creates a hub whose histories keep this many messages.
pub(super) fn hub(messages: usize) -> Hub {
    let retention = Retention {
        messages,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let [heartbeat, stalled, keep_alive] = [15, 20, 75].map(Duration::from_secs);
    let timeouts = Timeouts {
        heartbeat,
        stalled,
        keep_alive,
    };
    let metrics = Arc::new(Metrics::new("test"));
    Hub::new(retention, usize::MAX, timeouts, metrics)
}
