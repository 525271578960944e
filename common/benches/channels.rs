//! What a channel costs among many others: opened, refused, published to.

use common::{
    broker::{Broker, Memory, Publication},
    history::Retention,
    hub::{Hub, Timeouts},
    message::{ChannelName, Cursor},
    metrics::Metrics,
};
use divan::Bencher;
use futures_util::FutureExt;
use std::{sync::Arc, time::Duration};

const LONG: Duration = Duration::from_secs(3600);
const MANY: [usize; 3] = [1, 1000, 50_000];

fn main() {
    divan::main();
}

struct Bench {
    broker: Broker,
    hub: Hub,
    next: usize,
}

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("channel-{number}")).expect("a name")
}

impl Bench {
    fn new(channels: usize, most: usize) -> Self {
        let retention = Retention {
            messages: 10,
            bytes: 1 << 20,
            age: u64::MAX,
        };
        let timeouts = Timeouts {
            heartbeat: LONG,
            stalled: LONG,
            keep_alive: LONG,
        };
        let hub = Hub::new(
            retention,
            1 << 28,
            timeouts,
            Arc::new(Metrics::new("bench")),
        );
        let broker = Broker::Memory(Memory::new(most));
        broker.attach(&hub);
        let mut bench = Self {
            broker,
            hub,
            next: 0,
        };
        (0..channels).for_each(|_| bench.publish());
        bench
    }

    fn publish(&mut self) {
        let publication = Publication {
            channel: channel(self.next),
            body: "1".into(),
            key: None,
            holder: 0,
        };
        self.next += 1;
        self.broker
            .publish(publication)
            .now_or_never()
            .expect("no wait")
            .expect("room");
    }
}

#[divan::bench(args = MANY, sample_count = 200, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>, channels: usize) {
    let mut bench = Bench::new(channels, 1_000_000);
    let next = || {
        bench.next += 1;
        channel(bench.next)
    };
    bencher.with_inputs(next).bench_local_refs(|channel| {
        bench
            .broker
            .open(&bench.hub, channel, Cursor::Latest)
            .now_or_never()
            .expect("no wait")
            .expect("room")
    });
}

#[divan::bench(args = MANY, sample_count = 200, sample_size = 1)]
fn refuse(bencher: Bencher<'_, '_>, channels: usize) {
    let bench = Bench::new(channels, channels + 1);
    let open = |number| {
        bench
            .broker
            .open(&bench.hub, &channel(number), Cursor::Latest)
            .now_or_never()
            .expect("no wait")
    };
    let _readers: Vec<_> = (0..channels)
        .map(|number| open(number).expect("room"))
        .collect();
    bencher.bench_local(|| assert!(open(channels + 1).is_err()));
}

#[divan::bench(args = MANY)]
fn publish(bencher: Bencher<'_, '_>, channels: usize) {
    let bench = Bench::new(channels, 1_000_000);
    let publication = || Publication {
        channel: channel(0),
        body: "1".into(),
        key: None,
        holder: 0,
    };
    bencher
        .with_inputs(publication)
        .bench_local_values(|publication| {
            bench
                .broker
                .publish(publication)
                .now_or_never()
                .expect("no wait")
                .expect("room")
        });
}

#[divan::bench(args = MANY, sample_count = 200, sample_size = 1)]
fn push_out(bencher: Bencher<'_, '_>, channels: usize) {
    let mut bench = Bench::new(channels, channels + 1);
    bencher.bench_local(|| bench.publish());
}
