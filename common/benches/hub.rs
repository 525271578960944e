//! What many readers of one channel cost the worker thread that has them, sockets left out: requests that are held and woken.

use actix_rt::{System, SystemRunner};
use common::{
    budget::MemoryBudget,
    history::Retention,
    hub::{Channel, Hub, Shard, Timeouts, WakeReason},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
};
use divan::Bencher;
use futures_util::future::{join_all, poll_immediate};
use std::{pin::Pin, sync::Arc, time::Duration};

const READERS: usize = 10_000;
/// Longer than any of these lasts.
const LONG: Duration = Duration::from_secs(3600);

type Held = Pin<Box<dyn Future<Output = WakeReason>>>;

fn main() {
    divan::main();
}

/// A hub with one worker, on this thread.
struct Bench {
    system: SystemRunner,
    hub: Hub,
    worker: Shard,
}

impl Bench {
    fn new() -> Self {
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
            1 << 20,
            timeouts,
            Arc::new(Metrics::new("bench")),
        );
        let system = System::new();
        let worker =
            system.block_on(async { Shard::start(hub.clone(), MemoryBudget::new(usize::MAX)) });
        Self {
            system,
            hub,
            worker,
        }
    }

    fn open(&self, name: &str) -> Arc<Channel> {
        let channel = ChannelName::parse(name).expect("a name");
        self.hub.open(
            &channel,
            MessageId {
                epoch: 7,
                offset: 0,
            },
            Vec::new(),
        );
        self.hub.channel(&channel).expect("it was opened")
    }

    fn deliver(&self, feed: &Channel) {
        let (channel, id) = (feed.name(), feed.latest().next());
        self.hub
            .deliver(channel, Message::new(id, channel, "1", 0))
            .expect("the next one");
    }

    /// A request that waits already.
    fn hold(&self, feed: &Arc<Channel>) -> Held {
        let (worker, feed) = (self.worker.clone(), feed.clone());
        let mut held: Held =
            Box::pin(async move { worker.changed(&feed, feed.latest(), LONG).await });
        let first = self.system.block_on(poll_immediate(&mut held));
        assert_eq!(first, None, "there is nothing yet");
        held
    }

    fn hold_all(&self, feed: &Arc<Channel>) -> Vec<Held> {
        (0..READERS).map(|_| self.hold(feed)).collect()
    }

    /// Waits until the worker has served what it was rung for before and sleeps no more: it serves channels in the order
    /// in which they rang.
    fn settle(&self, probe: &Arc<Channel>) {
        let held = self.hold(probe);
        self.deliver(probe);
        assert_eq!(self.system.block_on(held), WakeReason::News);
    }
}

/// A walk over readers none of which is behind: the channel rings, and nothing is past any cursor.
#[divan::bench(sample_size = 1)]
fn walk_up_to_date(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let (feed, probe) = (bench.open("many"), bench.open("probe"));
    let _held = bench.hold_all(&feed);
    bencher
        .with_inputs(|| bench.settle(&probe))
        .bench_local_values(|()| {
            bench.hub.restart(feed.name(), feed.latest(), Vec::new());
            bench.settle(&probe);
        });
}

/// The same without readers: what of [`walk_up_to_date`] is not the walk.
#[divan::bench(sample_size = 1)]
fn walk_nobody(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let (feed, probe) = (bench.open("many"), bench.open("probe"));
    bencher
        .with_inputs(|| bench.settle(&probe))
        .bench_local_values(|()| {
            bench.hub.restart(feed.name(), feed.latest(), Vec::new());
            bench.settle(&probe);
        });
}

/// A message wakes them all, and each finds out why and is let go.
#[divan::bench(sample_size = 1)]
fn wake_held(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let (feed, probe) = (bench.open("many"), bench.open("probe"));
    let held = || {
        bench.settle(&probe);
        bench.hold_all(&feed)
    };
    bencher.with_inputs(held).bench_local_values(|held| {
        bench.deliver(&feed);
        bench.system.block_on(join_all(held))
    });
}
