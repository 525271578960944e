//! The cost of one channel among many: opening it, refusing it, publishing to it.

#[path = "../../benches/support/mod.rs"]
mod support;

use broker::{Broker, Memory, Publication};
use common::{
    hub::Hub,
    message::{Attributes, ChannelName, Cursor},
};
use divan::Bencher;
use futures_util::FutureExt;

/// How many channels there are.
const CHANNELS: [usize; 3] = [1, 1000, 50_000];

fn main() {
    divan::main();
}

struct Bench {
    broker: Broker,
    hub: Hub,
    next: usize,
}

fn channel_name(number: usize) -> ChannelName {
    ChannelName::parse(&format!("channel-{number}")).expect("a channel name")
}

impl Bench {
    /// Creates a broker for at most `max_channels`, with this many that have a message.
    fn new(channels: usize, max_channels: usize) -> Self {
        let hub = support::hub(1 << 28);
        let broker = Broker::Memory(Memory::new(max_channels));
        broker.attach(&hub);
        let mut bench = Self {
            broker,
            hub,
            next: 0,
        };
        for _ in 0..channels {
            bench.publish();
        }
        bench
    }

    /// Publishes the first message of a new channel.
    fn publish(&mut self) {
        let publication = Publication {
            channel: channel_name(self.next),
            body: "1".into(),
            attributes: Attributes::default(),
            key: None,
        };
        self.next += 1;
        self.broker
            .publish(publication, 0)
            .now_or_never()
            .expect("no wait")
            .expect("room");
    }
}

/// Opens a channel that is new.
#[divan::bench(args = CHANNELS, sample_count = 200, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>, channels: usize) {
    let mut bench = Bench::new(channels, 1_000_000);
    let next = || {
        bench.next += 1;
        channel_name(bench.next)
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

/// Refuses a channel while all others have subscribers.
#[divan::bench(args = CHANNELS, sample_count = 200, sample_size = 1)]
fn refuse(bencher: Bencher<'_, '_>, channels: usize) {
    let bench = Bench::new(channels, channels + 1);
    let open = |number| {
        bench
            .broker
            .open(&bench.hub, &channel_name(number), Cursor::Latest)
            .now_or_never()
            .expect("no wait")
    };
    let _leases: Vec<_> = (0..channels)
        .map(|number| open(number).expect("room"))
        .collect();
    bencher.bench_local(|| assert!(open(channels + 1).is_err()));
}

/// Publishes to a channel that is not new.
#[divan::bench(args = CHANNELS)]
fn publish(bencher: Bencher<'_, '_>, channels: usize) {
    let bench = Bench::new(channels, 1_000_000);
    let publication = || Publication {
        channel: channel_name(0),
        body: "1".into(),
        attributes: Attributes::default(),
        key: None,
    };
    bencher
        .with_inputs(publication)
        .bench_local_values(|publication| {
            bench
                .broker
                .publish(publication, 0)
                .now_or_never()
                .expect("no wait")
                .expect("room")
        });
}

/// Publishes to a new channel, which evicts another.
#[divan::bench(args = CHANNELS, sample_count = 200, sample_size = 1)]
fn evict(bencher: Bencher<'_, '_>, channels: usize) {
    let mut bench = Bench::new(channels, channels + 1);
    bencher.bench_local(|| bench.publish());
}
