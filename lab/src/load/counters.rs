//! What a load counts.

use crate::histogram::Histogram;

/// All that happened since the counters were last taken.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) published: u64,
    /// Publications that the server said it took.
    pub(crate) acknowledged: u64,
    /// Publications that it refused.
    pub(crate) refused: u64,
    /// Messages that readers got, each counted once for each reader.
    pub(crate) received: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) resets: u64,
    /// Connections that the server ended.
    pub(crate) ended: u64,
    /// From the intended moment of a message until a reader has it.
    pub(crate) latency: Histogram,
    /// From sending a publication until it is acknowledged.
    pub(crate) publication: Histogram,
    /// From the first packet of a connection until it can read.
    pub(crate) opening: Histogram,
}
