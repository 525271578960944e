//! A trim of many channels leaves the workers time between its pieces.

use common::{
    history::Retention,
    hub::{Hub, Timeouts},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
};
use std::{
    future::Future,
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};
use tokio::runtime::Builder;

const CHANNELS: usize = 1000;
/// How many channels a trim may visit without a pause.
const PIECE: usize = 256;

fn name(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).expect("a name")
}

/// Returns a hub whose channels have a message each, from 1970.
fn hub() -> Hub {
    let retention = Retention {
        messages: 1,
        bytes: usize::MAX,
        age: 1,
    };
    let timeouts = Timeouts {
        heartbeat: Duration::MAX,
        stalled: Duration::MAX,
        keep_alive: Duration::MAX,
    };
    let hub = Hub::new(retention, usize::MAX, timeouts, Metrics::new("test").into());
    let start = MessageId {
        epoch: 1,
        offset: 0,
    };
    for name in (0..CHANNELS).map(name) {
        hub.open(&name, start, Vec::new());
        let message = Message::new(start.next(), &name, "1", 0);
        let delivered = hub.deliver(&name, message);
        delivered.expect("the next message");
    }
    hub
}

fn trimmed(hub: &Hub) -> usize {
    let channels = (0..CHANNELS).filter_map(|number| hub.channel(&name(number)));
    channels
        .filter(|channel| channel.messages().is_empty())
        .count()
}

#[test]
fn a_trim_pauses_after_each_piece() {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(async {
        let hub = hub();
        let mut trim = pin!(hub.trim(u64::MAX));
        let mut context = Context::from_waker(Waker::noop());
        // No timer fires before this task waits.
        for _ in 0..CHANNELS {
            assert!(trim.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(trimmed(&hub), PIECE);
        trim.await;
        assert_eq!(trimmed(&hub), CHANNELS);
    });
}
