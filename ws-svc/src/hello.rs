//! The first frame of a connection.

use crate::encoder::text;
use bytes::Bytes;
use common::{history::Hello, shard::Shard};
use std::process;

/// The thread and the process that serve a connection. An HTTP client reads them from `GET
/// /worker`.
#[derive(Clone, Copy)]
pub(crate) struct ServingWorker {
    /// The number of the worker thread, from 1.
    pub(crate) worker: usize,
    /// The process id.
    pub(crate) pid: u32,
}

impl ServingWorker {
    /// Returns the thread of this shard.
    pub(crate) fn of(shard: &Shard) -> Self {
        Self {
            worker: shard.number(),
            pid: process::id(),
        }
    }
}

/// Encodes the first frame of a connection: its cursor, the largest `{"message":…}`
/// in bytes (a much larger frame ends the connection), and the serving worker if the client asked
/// for it.
pub(crate) fn hello(hello: &Hello, max_body: u64, serving: Option<ServingWorker>) -> Bytes {
    let fields = hello.fields();
    let serving = serving
        .map(|ServingWorker { worker, pid }| format!(r#","worker":{worker},"pid":{pid}"#))
        .unwrap_or_default();
    text(&format!(
        r#"{{"hello":{{{fields},"max_body":{max_body}{serving}}}}}"#
    ))
}
