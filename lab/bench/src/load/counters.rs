//! Counters of a load.

use serde::{Deserialize, Serialize};
use support::histogram::Histogram;

/// What happened since the counters were last taken.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counters {
    pub(crate) published: u64,
    /// Publications that the server acknowledged.
    pub(crate) acknowledged: u64,
    /// Publications that the server refused.
    pub(crate) refused: u64,
    /// Messages received, added up over all subscribers, without duplicates.
    pub(crate) received: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) resets: u64,
    /// Connections that the server ended.
    pub(crate) ended: u64,
    /// From the scheduled time of a message until a subscriber has it.
    pub(crate) latency: Histogram,
    /// From sending a publication until its acknowledgement.
    pub(crate) publication: Histogram,
    /// From the first packet of a connection until it is subscribed.
    pub(crate) opening: Histogram,
}

impl Counters {
    /// Adds what another load has counted, or this one at another time.
    pub(crate) fn add(&mut self, other: &Self) {
        self.published += other.published;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.received += other.received;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.resets += other.resets;
        self.ended += other.ended;
        self.latency.merge(&other.latency);
        self.publication.merge(&other.publication);
        self.opening.merge(&other.opening);
    }
}
