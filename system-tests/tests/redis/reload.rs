//! A broker loads all channels again after a lost connection. A channel that a client opens meanwhile
//! does not wait for that.

#[path = "../../../common/broker/src/test_hub.rs"]
#[allow(dead_code, reason = "unit tests of the broker use the rest")]
mod test_hub;

use crate::redis::RedisServer;
use broker::{Broker, Redis};
use common::{
    history::Retention,
    hub::Hub,
    message::{ChannelName, Cursor},
};
use conformance::{eventually, patient};
use futures_util::FutureExt;
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    pin::pin,
};

/// How many channels the broker has.
const CHANNELS: usize = 5000;

/// A broker and its hub, with many channels that it has loaded.
struct Loaded {
    redis: RedisServer,
    broker: Broker,
    hub: Hub,
}

impl Loaded {
    async fn new() -> Self {
        let redis = RedisServer::start().unwrap();
        let retention = Retention {
            messages: 100,
            bytes: usize::MAX,
            age: 1_000_000,
        };
        let address = redis.url().parse().unwrap();
        let broker = Redis::new(&address, None, "p:", retention, 2 * CHANNELS, usize::MAX);
        let broker = Broker::Redis(broker);
        let hub = test_hub::hub_with_age(retention.messages, retention.age);
        broker.attach(&hub);
        let loaded = Self { redis, broker, hub };
        eventually("Redis", async || loaded.broker.check().is_ok()).await;
        let opened = (0..CHANNELS).map(|number| loaded.open(channel(number)));
        futures_util::future::join_all(opened).await;
        loaded
    }

    async fn open(&self, channel: ChannelName) {
        let opened = self.broker.open(&self.hub, &channel, Cursor::Latest);
        patient("a channel", opened).await.unwrap();
    }

    /// Returns a field of `INFO stats`.
    fn stat(&self, name: &str) -> usize {
        let stats = self.redis.command("INFO stats").unwrap();
        let mut lines = stats.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap().trim().parse().unwrap()
    }
}

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("channel-{number}")).unwrap()
}

/// Receives which channels Redis loads, in this order.
struct Monitor(BufReader<UnixStream>);

impl Monitor {
    fn start(redis: &RedisServer) -> Self {
        let mut stream = UnixStream::connect(redis.directory().join("redis.sock")).unwrap();
        stream.write_all(b"MONITOR\r\n").unwrap();
        let mut monitor = Self(BufReader::new(stream));
        assert_eq!(monitor.line(), "+OK\r\n");
        monitor
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// Returns the next channel that is loaded.
    fn next(&mut self) -> String {
        loop {
            let line = self.line();
            if let Some((_, call)) = line.split_once("\"EVALSHA\"")
                && let Some((_, name)) = call.split_once("p:{")
                && let Some((name, _)) = name.split_once("}:head")
            {
                return name.to_owned();
            }
        }
    }
}

#[actix_web::test]
async fn a_channel_that_is_opened_does_not_wait_for_a_reload_of_all() {
    let loaded = Loaded::new().await;
    let mut monitor = Monitor::start(&loaded.redis);
    loaded.redis.command("CLIENT KILL TYPE pubsub").unwrap();
    let (first, mut monitor) = actix_web::web::block(move || (monitor.next(), monitor))
        .await
        .unwrap();
    // The reload has begun. It does not run on this thread until the next await.
    let new = ChannelName::parse("new").unwrap();
    let mut opened = pin!(loaded.broker.open(&loaded.hub, &new, Cursor::Latest));
    assert!(opened.as_mut().now_or_never().is_none());
    let before = actix_web::web::block(move || {
        (1..CHANNELS)
            .take_while(|_| monitor.next() != "new")
            .count()
    });
    let (before, opened) = futures_util::future::join(before, opened).await;
    opened.unwrap();
    let before = before.unwrap();
    assert!(
        before < CHANNELS / 2,
        "{first} and {before} more channels were loaded first"
    );
}

#[actix_web::test]
async fn a_reload_of_all_takes_few_round_trips() {
    let loaded = Loaded::new().await;
    let (reads, calls) = (loaded.stat("total_reads_processed"), CHANNELS);
    let mut monitor = Monitor::start(&loaded.redis);
    loaded.redis.command("CLIENT KILL TYPE pubsub").unwrap();
    actix_web::web::block(move || (0..calls).for_each(|_| drop(monitor.next())))
        .await
        .unwrap();
    let reads = loaded.stat("total_reads_processed") - reads;
    assert!(
        reads < CHANNELS / 10,
        "{reads} reads for {CHANNELS} channels"
    );
}
