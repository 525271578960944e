//! Tests of poll templates.

use super::*;
use common::{
    history::Retention,
    hub::{Hub, Timeouts},
    message::{ChannelName, Envelope, Message},
    metrics::Metrics,
};
use service::http::Caching;
use std::sync::Arc;

fn page(limit: u64, envelope: Envelope) -> Page {
    Page {
        limit,
        envelope,
        caching: None,
    }
}

#[test]
fn different_responses_never_share_an_encoding() {
    // Each listener of a service has its own templates.
    let [first, second] = [PollTemplates::default(), PollTemplates::default()];
    let find = |templates: &PollTemplates, page: Page| {
        let request = b"GET /poll?channel=c&after=0 HTTP/1.1\r\n\r\n";
        let request = Bytes::from_static(request);
        let request = PollRequest::new(&request, Cursor::Earliest, Duration::ZERO).unwrap();
        templates
            .find(request, page, b"HTTP/1.1 200 OK\r\n\r\n")
            .encoding()
    };
    // Each template is dropped before the next is made.
    let encodings = (0..1000).flat_map(|limit| {
        [Envelope::Message, Envelope::None].into_iter().flat_map({
            let [first, second] = [&first, &second];
            move |envelope| {
                let page = page(limit, envelope);
                [find(first, page), find(second, page)]
            }
        })
    });
    assert_eq!(
        encodings.collect::<std::collections::HashSet<_>>().len(),
        4000
    );
    let last = page(999, Envelope::None);
    assert_eq!(find(&first, last), find(&first, last));
}

#[test]
fn the_bytes_of_the_headers_are_pinned() {
    let headers = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\na: b\r\n\
        cache-control: no-store\r\ndate: yesterday\r\n\r\n";
    assert_eq!(constant_headers(headers), "HTTP/1.1 200 OK\r\na: b\r\n");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let varying = |envelope, caching| {
        let page = Page {
            caching,
            ..page(9, envelope)
        };
        let next = channel().read_from(start(), page.limit as usize, 9);
        let batch = Batch::new(next, page);
        (varying_headers(&batch, 2, true, now), batch.json())
    };
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 2\r\n";
    let end = "connection: close\r\n\r\n";
    let (headers, json) = varying(Envelope::Message, None);
    assert_eq!(headers, format!("{date}cache-control: no-store\r\n{end}"));
    assert!(json.starts_with(br#"{"messages":[{"id":"7-1","#));
    let public = Caching {
        max_age: 5,
        is_private: false,
    };
    let (headers, json) = varying(Envelope::None, Some(public));
    let control = "cache-control: public, max-age=5\r\ntrilane-cursor: 7-1\r\n";
    assert_eq!(headers, format!("{date}{control}{end}"));
    assert_eq!(json, "[\"hi\"]");
    let private = Caching {
        is_private: true,
        ..public
    };
    let (headers, _) = varying(Envelope::Message, Some(private));
    let control = "cache-control: private, max-age=5\r\nvary: authorization, cookie\r\n";
    assert_eq!(headers, format!("{date}{control}{end}"));
}

fn start() -> Resume {
    Resume::at(MessageId {
        epoch: 7,
        offset: 0,
    })
}

/// A channel with one message.
fn channel() -> Arc<Channel> {
    let retention = Retention {
        messages: 9,
        bytes: 999,
        age: u64::MAX,
    };
    let timeouts = Timeouts {
        heartbeat: Duration::MAX,
        stalled: Duration::MAX,
        keep_alive: Duration::MAX,
    };
    let hub = Hub::new(retention, 999, timeouts, Arc::new(Metrics::new("test")));
    let (name, id) = (ChannelName::main(), start().cursor.next());
    hub.open(&name, id, vec![Message::new(id, &name, "\"hi\"", 0)]);
    hub.channel(&name).unwrap()
}
