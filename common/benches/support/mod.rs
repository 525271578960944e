//! A hub for benchmarks.

use common::{
    history::Retention,
    hub::{Hub, Timeouts},
    metrics::Metrics,
};
use std::{sync::Arc, time::Duration};

/// Longer than any benchmark.
const FOREVER: Duration = Duration::from_secs(3600);

/// Creates a hub whose histories keep ten messages and hold at most `memory_limit` bytes together.
/// Nothing times out.
pub(crate) fn hub(memory_limit: usize) -> Hub {
    let retention = Retention {
        messages: 10,
        bytes: 1 << 20,
        age: u64::MAX,
    };
    let timeouts = Timeouts {
        heartbeat: FOREVER,
        stalled: FOREVER,
        keep_alive: FOREVER,
    };
    let metrics = Arc::new(Metrics::new("bench"));
    Hub::new(retention, memory_limit, timeouts, metrics)
}
