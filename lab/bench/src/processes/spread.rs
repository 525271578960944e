//! Counts the connections of each worker: with one listening socket, whose connections a thread
//! distributes, or with one socket per process, between which the kernel chooses.

use super::{
    setup::{Setup, connect},
    topic::Topic,
};
use crate::facts::Facts;
use anyhow::Result;
use servers::spawned::{Layout, client::WorkerThread};
use std::collections::BTreeMap;

pub(crate) const TOPIC: Topic = Topic {
    name: "spread",
    title: "How connections spread",
};
/// How the workers listen.
pub(crate) const ONE_SOCKET: &str = "one socket";
pub(crate) const SOCKET_EACH: &str = "a socket each";

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    let layouts = [
        (Layout::Threads(setup.workers), ONE_SOCKET),
        (Layout::Processes(setup.workers), SOCKET_EACH),
    ];
    for (layout, sockets) in layouts {
        let service = setup.start(layout, &[])?;
        let mut counts = BTreeMap::<WorkerThread, u32>::new();
        // All connections stay open.
        let mut clients = Vec::new();
        for _ in 0..setup.connections {
            let (client, worker) = connect(&service)?;
            *counts.entry(worker).or_default() += 1;
            clients.push(client);
        }
        let (most, mean) = (
            counts.values().max().copied().unwrap_or(0),
            setup.connections as f64 / setup.workers as f64,
        );
        // A worker without connections has no entry.
        let all = counts.len() == setup.workers;
        let fewest = counts.values().min().copied().filter(|_| all).unwrap_or(0);
        let subject = format!("{layout}, {sockets}");
        facts.add(
            TOPIC.title,
            &subject,
            ("connections", ""),
            clients.len() as f64,
        );
        facts.add(
            TOPIC.title,
            &subject,
            ("fewest of a worker", ""),
            fewest.into(),
        );
        facts.add(TOPIC.title, &subject, ("most of a worker", ""), most.into());
        facts.add(
            TOPIC.title,
            &subject,
            ("most / mean", ""),
            f64::from(most) / mean,
        );
    }
    Ok(())
}
