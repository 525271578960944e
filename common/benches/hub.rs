//! The cost of many subscribers of one channel: a fan-out through real sockets, and waiting
//! requests.

mod support;

use actix_rt::{System, SystemRunner};
use bytes::{Bytes, BytesMut};
use common::{
    budget::MemoryBudget,
    channels::Channel,
    history::{Reset, Resume},
    hub::Hub,
    message::{ChannelName, Message, MessageId},
    shard::{NewStream, Shard, StreamChannels},
    transport::{Disconnect, Encoder},
};
use divan::Bencher;
use futures_util::future::{join_all, poll_immediate};
use net::{ConnectionPermit, Detached};
use std::{net::Ipv4Addr, pin::Pin, sync::Arc};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

/// Streams of one channel. Each has two sockets in this process.
const SUBSCRIBERS: usize = 200;
/// Requests that wait for one channel.
const WAITERS: usize = 10_000;

fn main() {
    divan::main();
}

/// Encodes every message as one byte.
struct OneByte;

impl Encoder for OneByte {
    fn messages(&self, batch: &[Message]) -> Bytes {
        vec![b'm'; batch.len()].into()
    }

    fn reset(&self, _: Reset) -> Bytes {
        Bytes::new()
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::new()
    }

    fn end(&self, _: MessageId) -> Option<Bytes> {
        None
    }

    fn disconnect(&self, _: Disconnect) -> Bytes {
        Bytes::new()
    }
}

/// A hub with one shard, on this thread.
struct Bench {
    system: SystemRunner,
    hub: Hub,
    shard: Shard,
    encoder: Arc<dyn Encoder>,
}

impl Bench {
    fn new() -> Self {
        let hub = support::hub(1 << 20);
        let system = System::new();
        let shard =
            system.block_on(async { Shard::start(hub.clone(), MemoryBudget::new(usize::MAX)) });
        Self {
            system,
            hub,
            shard,
            encoder: Arc::new(OneByte),
        }
    }

    fn open(&self, name: &str) -> Arc<Channel> {
        let name = ChannelName::parse(name).expect("a channel name");
        let latest = MessageId {
            epoch: 7,
            offset: 0,
        };
        self.hub.open(&name, latest, Vec::new());
        self.hub.channel(&name).expect("an open channel")
    }

    fn deliver(&self, channel: &Channel) {
        let name = channel.name();
        let message = Message::new(channel.latest().next(), name, "1", 0);
        self.hub.deliver(name, message).expect("the next message");
    }

    /// Notifies the shard although there is nothing new.
    fn notify(&self, channel: &Channel) {
        self.hub
            .restart(channel.name(), channel.latest(), Vec::new());
    }

    /// Returns the client of a new stream.
    fn subscribe(&self, channel: &Arc<Channel>) -> TcpStream {
        self.system.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .expect("a free port");
            let address = listener.local_addr().expect("an address");
            let client = TcpStream::connect(address).await.expect("a listener");
            let (io, _) = listener.accept().await.expect("a client");
            self.shard.add_stream(NewStream {
                detached: Detached {
                    io,
                    unwritten: Bytes::new(),
                    headers: BytesMut::new(),
                    read_ahead: Bytes::new(),
                    permit: ConnectionPermit::for_test(),
                },
                channels: StreamChannels::One(channel.clone().into(), Resume::at(channel.latest())),
                encoder: self.encoder.clone(),
                opening: Bytes::new(),
                incoming: None,
                expires_in: None,
            });
            client
        })
    }

    /// Waits until every client has one more message.
    fn receive(&self, clients: &mut [TcpStream]) {
        self.system.block_on(async {
            for client in clients {
                client.read_exact(&mut [0]).await.expect("a message");
            }
        });
    }
}

/// One message, until the last client has it.
#[divan::bench]
fn fan_out_message(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let channel = bench.open("many");
    let mut clients: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| bench.subscribe(&channel))
        .collect();
    bencher.bench_local(|| {
        bench.deliver(&channel);
        bench.receive(&mut clients);
    });
}

/// A fan-out to up-to-date subscribers, then one message on a second channel. The shard serves
/// channels in the order of notification, so the time includes both.
#[divan::bench(args = [0, SUBSCRIBERS])]
fn fan_out_up_to_date(bencher: Bencher<'_, '_>, subscribers: usize) {
    let bench = Bench::new();
    let channel = bench.open("many");
    let probe = bench.open("probe");
    let _clients: Vec<_> = (0..subscribers)
        .map(|_| bench.subscribe(&channel))
        .collect();
    let mut client = [bench.subscribe(&probe)];
    bencher.bench_local(|| {
        bench.notify(&channel);
        bench.deliver(&probe);
        bench.receive(&mut client);
    });
}

/// A message that ends the wait of many requests.
#[divan::bench(sample_size = 1)]
fn wake_waiters(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let channel = bench.open("many");
    let wait = || -> Pin<Box<dyn Future<Output = ()>>> {
        let channel = channel.clone();
        let mut waiting = Box::pin(async move { channel.changed_from(channel.latest()).await });
        let ended = bench.system.block_on(poll_immediate(&mut waiting));
        assert!(ended.is_none(), "there is no message yet");
        waiting
    };
    let wait_all = || (0..WAITERS).map(|_| wait()).collect::<Vec<_>>();
    bencher.with_inputs(wait_all).bench_local_values(|waiting| {
        bench.deliver(&channel);
        bench.system.block_on(join_all(waiting))
    });
}
