//! A Redis Cluster: channels on several nodes, a node's death, and a channel that moves.

use crate::{
    cluster_servers::Nodes,
    on_redis::{OnRedis, SuiteRedis, configured},
    steps::{FAILOVER, bodies, publish_all, reset},
};
use conformance::{Event, Subscriber};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use tokio::time::timeout;

/// A cluster for all tests without faults. It ends with this process.
static SHARED: LazyLock<Nodes> = LazyLock::new(Nodes::start_calm);

/// The shared cluster.
struct Cluster;

impl SuiteRedis for Cluster {
    fn flags() -> Vec<String> {
        vec!["--broker".to_owned(), SHARED.url()]
    }
}

mod longpoll {
    use super::{Cluster, OnRedis};
    use crate::longpoll::Poller;
    conformance::scenarios!(OnRedis<Poller, Cluster>);
}

mod sse {
    use super::{Cluster, OnRedis};
    use crate::sse::EventStream;
    conformance::scenarios!(streams: OnRedis<EventStream, Cluster>);
}

mod ws {
    use super::{Cluster, OnRedis};
    use crate::ws::Socket;
    conformance::scenarios!(streams: OnRedis<Socket, Cluster>);
}

/// Channels of three nodes.
const CHANNELS: [&str; 3] = ["a", "b", "c"];

/// A master dies while messages are published. Its channel gets a reset, and the others go on.
async fn a_node_dies<S: Subscriber>() {
    let mut nodes = Nodes::start();
    let masters = CHANNELS.map(|channel| nodes.first_master(channel));
    assert_eq!(masters, [2, 0, 1], "each has another master");
    let server = configured::<S::Transport>(&["--broker", &nodes.url()]).await;
    let mut readers = Vec::new();
    let mut last = String::new();
    for channel in CHANNELS {
        readers.push(S::subscribe(&server, &format!("channel={channel}")).await);
        last = publish_all(&server, channel, 0..10).await.pop().unwrap();
    }
    nodes.replicated(masters[2]).await;
    for reader in &mut readers {
        assert_eq!(bodies(reader, 10).await, (0..10).collect::<Vec<_>>());
    }
    nodes.servers[masters[2]].kill();
    for channel in CHANNELS {
        publish_all(&server, channel, 10..20).await;
    }
    reset(&mut readers[2], &last).await;
    assert_eq!(
        bodies(&mut readers[2], 20).await,
        (0..20).collect::<Vec<_>>()
    );
    for reader in &mut readers[..2] {
        assert_eq!(bodies(reader, 10).await, (10..20).collect::<Vec<_>>());
    }
}

on_each_transport!(a_node_dies);

/// Receives the messages up to this number, and the resets before copies of them.
async fn receive_until(reader: &mut impl Subscriber, last: u64) -> Vec<Value> {
    let mut received = Vec::new();
    while received.last() != Some(&json!(last)) {
        match timeout(FAILOVER, reader.next())
            .await
            .expect("a message in time")
        {
            Event::Message(message) => received.push(message["message"].clone()),
            Event::Reset(_) => received.clear(),
            Event::End => panic!("the channel has not ended"),
        }
    }
    received
}

/// The slot of a channel moves to and fro while messages are published.
async fn a_channel_moves<S: Subscriber>() {
    let nodes = Nodes::start();
    let server = configured::<S::Transport>(&["--broker", &nodes.url()]).await;
    let mut reader = S::subscribe(&server, "channel=c").await;
    let (slot, home) = (nodes.slot("c"), nodes.first_master("c"));
    let nodes = Arc::new(nodes);
    let mut last = String::new();
    for round in 0..6 {
        let numbers = 50 * round..50 * (round + 1);
        let publishing = publish_all(&server, "c", numbers);
        let nodes = nodes.clone();
        let moving = tokio::task::spawn_blocking(move || match round % 2 {
            0 => nodes.move_slot(slot, home, 0),
            _ => nodes.move_slot(slot, 0, home),
        });
        let (published, moved) = tokio::join!(publishing, moving);
        moved.expect("the slot moves");
        last.clone_from(published.last().unwrap());
    }
    let mut late = S::subscribe(&server, &format!("channel=c&after={last}")).await;
    publish_all(&server, "c", 300..301).await;
    assert_eq!(
        receive_until(&mut reader, 300).await,
        (0..301).collect::<Vec<_>>()
    );
    receive_until(&mut late, 300).await;
}

on_each_transport!(a_channel_moves);
