//! How many connections are open, and how many may be.

use crate::metrics::Metrics;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Open files that are not connections: listeners, the runtime's own, log and metrics.
const RESERVE: u64 = 64;

/// The open connections of one service.
#[derive(Clone)]
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    open: AtomicUsize,
    most: usize,
    metrics: Arc<Metrics>,
}

/// One connection: counted until it is dropped, whoever holds it.
pub struct Connection(Connections);

impl Connections {
    pub(super) fn new(most: usize, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Shared { open: AtomicUsize::new(0), most, metrics }))
    }

    /// Counts one more, unless there are as many as allowed.
    pub(super) fn admit(&self) -> Option<Connection> {
        self.0.metrics.connections.inc();
        let connection = Connection(self.clone());
        (self.0.open.fetch_add(1, Ordering::Relaxed) < self.0.most).then_some(connection)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Shared { open, metrics, .. } = &*self.0.0;
        open.fetch_sub(1, Ordering::Relaxed);
        metrics.connections.dec();
    }
}

/// Raises the soft limit of open files to the hard one and says how many connections fit into it.
pub fn raise_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // A system without a limit has memory for a million before it has none for files.
    let files = current.unwrap_or(1_000_000).saturating_sub(RESERVE);
    usize::try_from(files).unwrap_or(usize::MAX)
}
