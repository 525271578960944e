//! Follows which master has which slots.

use super::{
    Cluster,
    slots::{SlotRange, parse_slots},
};
use crate::address::shown;
use crate::redis::{
    diagnosis::{Diagnosis, diagnose},
    peer::Peer,
    target::Target,
};
use redis::{
    ConnectionAddr, ConnectionInfo, RedisError, RedisResult, Value, aio::MultiplexedConnection,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// The time between two requests for the map, unless a node hints at a change.
const INTERVAL: Duration = Duration::from_secs(1);
/// The shortest time between two requests for the map.
const PAUSE: Duration = Duration::from_millis(20);

/// Requests the map of a cluster in the background, first from these nodes. Must be called on a
/// runtime.
pub(in crate::redis) fn start(cluster: Cluster, seeds: &[ConnectionInfo]) -> Arc<Cluster> {
    let seeds = seeds.iter().map(|info| cluster.target(info.addr().clone()));
    let seeds = seeds.collect();
    let cluster = Arc::new(cluster);
    tokio::spawn(follow(Arc::downgrade(&cluster), seeds));
    cluster
}

/// Requests the map until the broker is dropped.
async fn follow(cluster: Weak<Cluster>, seeds: Vec<Target>) {
    let mut seeds: Vec<_> = seeds.into_iter().map(Peer::new).collect();
    let mut reported = None;
    loop {
        let Some(cluster) = cluster.upgrade() else {
            return;
        };
        match request_map(&cluster, &mut seeds).await {
            Ok(ranges) => {
                cluster.assign(ranges);
                reported = None;
            }
            Err(diagnosis) => cluster.report(diagnosis, &mut reported),
        }
        sleep(PAUSE).await;
        let _ = timeout(INTERVAL, cluster.outdated.notified()).await;
    }
}

/// Requests the map from the masters that are connected, and then from the nodes of the address.
async fn request_map(cluster: &Cluster, seeds: &mut [Peer]) -> Result<Vec<SlotRange>, Diagnosis> {
    for server in cluster.servers() {
        let connected = server.connected.borrow().clone();
        if let (Some(mut connected), Some(node)) = (connected, &server.node)
            && let Ok(ranges) = slots(&mut connected.connection, &node.host).await
        {
            return Ok(ranges);
        }
    }
    let mut reason = None;
    let mut details = Vec::new();
    for seed in seeds {
        match slots_from(seed).await {
            Ok(ranges) if ranges.is_empty() => {
                reason = reason.or(Some("none of its slots has a node"));
            }
            Ok(ranges) => return Ok(ranges),
            Err(error) => {
                let found = diagnose(&seed.target, &error).await;
                reason = reason.or(why(&error)).or(found.why);
                details.push(format!(
                    "{}: {}",
                    shown(seed.target.address()),
                    found.details
                ));
            }
        }
    }
    Err(Diagnosis {
        why: reason.or(Some("none of its nodes responds")),
        details: details.join("; "),
    })
}

async fn slots_from(seed: &mut Peer) -> RedisResult<Vec<SlotRange>> {
    let mut connection = seed.take().await?;
    let ranges = slots(&mut connection, host(seed.target.address())).await?;
    seed.keep(connection);
    Ok(ranges)
}

async fn slots(connection: &mut MultiplexedConnection, host: &str) -> RedisResult<Vec<SlotRange>> {
    let mut command = redis::cmd("CLUSTER");
    let reply: Value = command.arg("SLOTS").query_async(connection).await?;
    parse_slots(&reply, host)
}

fn host(address: &ConnectionAddr) -> &str {
    match address {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
        _ => "",
    }
}

/// Returns what an error of a node reveals about the address.
fn why(error: &RedisError) -> Option<&'static str> {
    let is_disabled = error
        .detail()
        .is_some_and(|detail| detail.contains("cluster support disabled"));
    is_disabled.then_some("it is not a cluster, so it needs redis:// or redis+sentinel://")
}
