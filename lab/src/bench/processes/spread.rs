//! Who gets which connection: from one listening socket, whose connections a thread hands out, or from a socket for each process, between
//! which the kernel chooses.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::{
    client::Transport,
    spawned::{Layout, SpawnedService, client::WorkerThread},
};
use std::collections::BTreeMap;

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "spread",
    title: "How connections spread",
};
/// How the workers listen.
pub(in crate::bench) const ONE_SOCKET: &str = "one socket";
pub(in crate::bench) const SOCKET_EACH: &str = "a socket each";

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    let layouts = [
        (Layout::Threads(bed.workers), ONE_SOCKET),
        (Layout::Processes(bed.workers), SOCKET_EACH),
    ];
    for (layout, sockets) in layouts {
        let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &[])?;
        let mut counts = BTreeMap::<WorkerThread, u32>::new();
        // All are open at the same time.
        let mut clients = Vec::new();
        for _ in 0..bed.connections {
            let mut client = service.client()?;
            *counts.entry(client.worker()?).or_default() += 1;
            clients.push(client);
        }
        let (most, mean) = (
            counts.values().max().copied().unwrap_or(0),
            bed.connections as f64 / bed.workers as f64,
        );
        // Who got none has not answered.
        let all = counts.len() == bed.workers;
        let fewest = counts.values().min().copied().filter(|_| all).unwrap_or(0);
        let subject = format!("{layout}, {sockets}");
        notes.add(
            TOPIC.title,
            &subject,
            ("connections", ""),
            clients.len() as f64,
        );
        notes.add(
            TOPIC.title,
            &subject,
            ("fewest of a worker", ""),
            fewest.into(),
        );
        notes.add(TOPIC.title, &subject, ("most of a worker", ""), most.into());
        notes.add(
            TOPIC.title,
            &subject,
            ("most / mean", ""),
            f64::from(most) / mean,
        );
    }
    Ok(())
}
