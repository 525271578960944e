//! Publishes through a broker, reads as its subscribers do, and measures the time of each message.

use super::Measure;
use actix_web::rt::spawn;
use anyhow::{Context, Result, anyhow, bail};
use broker::{Broker, Publication};
use common::{
    channels::ChannelLease,
    history::HistoryRead,
    hub::Hub,
    message::{Attributes, ChannelName, Cursor, MessageId},
    metrics::Metrics,
};
use service::Config;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use support::histogram::Histogram;
use tokio::time::timeout;

/// Histograms count nanoseconds: microseconds are too coarse for a broker in memory.
const SCALE: u32 = 1000;

/// What one line of the table shows, in nanoseconds.
pub(super) struct Latencies {
    pub(super) took: Duration,
    pub(super) acknowledged: Histogram,
    pub(super) delivered: Histogram,
}

/// Measures with two connections, one to publish and one to follow, like two processes. In memory
/// there is only one.
pub(super) async fn measure(arguments: &Measure, url: &str, publishers: u64) -> Result<Latencies> {
    // The history is long enough for a follower that is not scheduled at once.
    let config = Config::from_flags(&[
        "--broker",
        url,
        "--broker-prefix",
        &format!("{publishers}:"),
        "--history",
        "10000",
    ]);
    let here = Broker::try_from(&config)?;
    let there = if url == "memory" {
        here.clone()
    } else {
        Broker::try_from(&config)?
    };
    let hub = Hub::new(
        config.channels.retention(),
        usize::MAX,
        config.timeouts(),
        Arc::new(Metrics::new("broker")),
    );
    there.attach(&hub);
    let channel = ChannelName::parse("measured").expect("a valid name");
    let lease = there
        .open(&hub, &channel, Cursor::Latest)
        .await
        .map_err(|error| anyhow!("{error}"))?;
    let began = Instant::now();
    let follower = spawn(follow(lease, arguments.messages, began));
    let each: Vec<_> = (0..publishers)
        .map(|number| {
            let count = arguments.messages / publishers
                + u64::from(number < arguments.messages % publishers);
            spawn(publish(
                here.clone(),
                channel.clone(),
                count,
                arguments.size,
                began,
            ))
        })
        .collect();
    let mut acknowledged = Histogram::default();
    for one in each {
        acknowledged.merge(&one.await??);
    }
    let took = began.elapsed();
    let delivered = timeout(Duration::from_secs(10), follower).await;
    let delivered = delivered.context("messages are missing")???;
    Ok(Latencies {
        took,
        acknowledged,
        delivered,
    })
}

async fn publish(
    broker: Broker,
    channel: ChannelName,
    count: u64,
    size: usize,
    began: Instant,
) -> Result<Histogram> {
    let mut times = Histogram::default();
    for _ in 0..count {
        let now = Instant::now();
        let body = format!("{:0size$}", (now - began).as_nanos());
        let publication = Publication {
            channel: channel.clone(),
            body: format!("\"{body}\""),
            attributes: Attributes::default(),
            key: None,
        };
        broker
            .publish(publication, 0)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        times.record(now.elapsed() * SCALE);
        // A broker in memory never waits: the follower would get no turn.
        tokio::task::yield_now().await;
    }
    Ok(times)
}

/// Reads every message as soon as it is in the history.
async fn follow(lease: ChannelLease, count: u64, began: Instant) -> Result<Histogram> {
    let mut times = Histogram::default();
    let mut position: MessageId = lease.resume(Cursor::Latest).cursor;
    while times.count() < count {
        let _ = timeout(Duration::from_secs(10), lease.changed_from(position)).await;
        let HistoryRead::Messages(batch) = lease.read(position, usize::MAX, usize::MAX) else {
            bail!("the subscriber fell behind the history, or got no message for 10 s");
        };
        let now = began.elapsed();
        for message in batch {
            let sent = String::from_utf8_lossy(message.body())
                .trim_matches('"')
                .parse()
                .expect("`publish` wrote a number");
            let sent = Duration::from_nanos(sent);
            times.record(now.saturating_sub(sent) * SCALE);
            position = message.id;
        }
    }
    Ok(times)
}
