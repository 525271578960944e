//! The gate as its two sides see it, through real sockets.

mod api;
mod closing;
mod early;
mod faults;
mod framing;
mod link;
mod shared;

use super::{
    Gate, Link,
    fault::{Fault, Way},
};
use std::time::Duration;

/// What users ask of all lanes over HTTP.
impl Gate {
    async fn open(&self) -> usize {
        self.ask(|lanes| {
            lanes
                .all
                .iter()
                .map(|lane| lane.connections.borrow().len())
                .sum()
        })
        .await
    }

    async fn set_link(&self, way: Way, link: Link) {
        self.ask(move |lanes| lanes.all.iter().for_each(|lane| lane.set_link(way, link)))
            .await;
    }

    async fn begin(&self, fault: Fault, lasts: Option<Duration>) {
        self.ask(move |lanes| {
            for lane in &lanes.all {
                lane.begin(fault, lasts);
            }
        })
        .await;
    }

    async fn mend(&self) {
        self.ask(|lanes| {
            for lane in &lanes.all {
                lane.mend(|_| true);
            }
        })
        .await;
    }
}
