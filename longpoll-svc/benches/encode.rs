//! What the answer to a poll that waited costs, head and body: once for all polls at one position that are alike.

use common::{
    history::Retention,
    hub::{Channel, Hub, PollTemplate, Timeouts},
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::Metrics,
};
use divan::{Bencher, black_box};
use longpoll_svc::{PollTemplates, Request};
use std::{rc::Rc, sync::Arc, time::Duration};

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\r\n";

fn main() {
    divan::main();
}

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// A channel with so many messages of 100 bytes of text.
fn feed(messages: u64) -> Arc<Channel> {
    let retention = Retention {
        messages: 1000,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let patience = Timeouts {
        heartbeat: Duration::MAX,
        stalled: Duration::MAX,
        keep_alive: Duration::MAX,
    };
    let hub = Hub::new(
        retention,
        usize::MAX,
        patience,
        Arc::new(Metrics::new("bench")),
    );
    let (channel, text) = (ChannelName::main(), format!("{:?}", "x".repeat(100)));
    let backlog = (1..=messages)
        .map(|offset| Message::new(id(offset), &channel, &text, 0))
        .collect();
    hub.open(&channel, id(messages), backlog);
    hub.channel(&channel).expect("it was opened")
}

fn poll() -> Rc<dyn PollTemplate> {
    let bytes = b"GET /poll?channel=main&after=7-1 HTTP/1.1\r\nhost: x\r\n\r\n"[..].into();
    let request = Request::new(&bytes, Cursor::After(id(1)), Duration::from_secs(25))
        .expect("a plain request");
    PollTemplates::default().find(request, 1000, HEAD)
}

/// The answer with so many messages.
#[divan::bench(args = [1, 100])]
fn answer(bencher: Bencher<'_, '_>, messages: u64) {
    let (feed, poll) = (feed(messages), poll());
    bencher.bench_local(|| poll.response(&feed, black_box(id(0)), false).bytes);
}
