//! Tests of the gate through real sockets on both sides.

mod api;
mod early_responses;
mod faults;
mod http_tracker;
mod link;
mod origin_endings;
mod shared;

use super::{
    Gate, Link,
    fault::{Direction, Fault},
};
use std::time::Duration;

/// What the API does, for all routes.
impl Gate {
    async fn open(&self) -> usize {
        self.with_routes(|routes| {
            routes
                .all
                .iter()
                .map(|route| route.connections.borrow().len())
                .sum()
        })
        .await
    }

    async fn set_link(&self, direction: Direction, link: Link) {
        self.with_routes(move |routes| {
            routes
                .all
                .iter()
                .for_each(|route| route.set_link(direction, link));
        })
        .await;
    }

    async fn begin_fault(&self, fault: Fault, lasts: Option<Duration>) {
        self.with_routes(move |routes| {
            for lane in &routes.all {
                lane.begin_fault(fault, lasts);
            }
        })
        .await;
    }

    async fn end_faults(&self) {
        self.with_routes(|routes| routes.end_faults(|_| true)).await;
    }
}
