//! A hub for the tests of brokers.

use common::{
    history::Retention,
    hub::{Hub, Timeouts},
    metrics::Metrics,
};
use std::{sync::Arc, time::Duration};

/// Creates a hub whose histories keep this many messages of any age.
pub(crate) fn hub(messages: usize) -> Hub {
    hub_with_age(messages, u64::MAX)
}

/// Creates a hub whose histories keep this many messages for at most `age` milliseconds.
pub(crate) fn hub_with_age(messages: usize, age: u64) -> Hub {
    let retention = Retention {
        messages,
        bytes: usize::MAX,
        age,
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
