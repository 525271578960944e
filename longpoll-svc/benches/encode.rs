//! The cost of encoding the response to a waiting poll, which is paid once for all equal polls with
//! one cursor.

use common::{
    channels::Channel,
    history::Retention,
    hub::{Hub, Timeouts},
    message::{ChannelName, Cursor, Envelope, Message, MessageId},
    metrics::Metrics,
    transport::PollTemplate,
};
use divan::{Bencher, black_box};
use longpoll_svc::{PollRequest, PollTemplates};
use service::http::Page;
use std::{rc::Rc, sync::Arc, time::Duration};

const HEADERS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\r\n";

fn main() {
    divan::main();
}

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// Makes a channel with messages of 100 bytes of text.
fn channel(messages: u64) -> Arc<Channel> {
    let retention = Retention {
        messages: 1000,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let timeouts = Timeouts {
        heartbeat: Duration::MAX,
        stalled: Duration::MAX,
        keep_alive: Duration::MAX,
    };
    let hub = Hub::new(
        retention,
        usize::MAX,
        timeouts,
        Arc::new(Metrics::new("bench")),
    );
    let name = ChannelName::main();
    let text = format!("{:?}", "x".repeat(100));
    let backlog = (1..=messages)
        .map(|offset| Message::new(id(offset), &name, &text, 0))
        .collect();
    hub.open(&name, id(messages), backlog);
    hub.channel(&name).expect("an open channel")
}

fn poll() -> Rc<dyn PollTemplate> {
    let bytes = b"GET /poll?channel=main&after=7-1 HTTP/1.1\r\nhost: x\r\n\r\n"[..].into();
    let request = PollRequest::new(&bytes, Cursor::After(id(1)), Duration::from_secs(25))
        .expect("a plain request");
    let page = Page {
        limit: 1000,
        envelope: Envelope::Message,
        caching: None,
    };
    PollTemplates::default().find(request, page, HEADERS)
}

/// Encodes a response with messages.
#[divan::bench(args = [1, 100])]
fn response(bencher: Bencher<'_, '_>, messages: u64) {
    let channel = channel(messages);
    let poll = poll();
    bencher.bench_local(|| poll.response(&channel, black_box(id(0)), false).bytes);
}
