//! Clients whose requests take time, and how they are read meanwhile.

use super::{
    clients::{read_all, seconds},
    harness::Harness,
};
use crate::{
    subscriber::SubscriberKey,
    transport::{Flow, FrameHandler, Reply},
};
use bytes::{BufMut, Bytes, BytesMut};
use std::{
    future::pending,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

/// Each `?` is a request, whose reply the test sends: one after the other, at most three queued.
/// Each `p` gets an `o` at once.
#[derive(Default)]
struct SlowReplies {
    requests: usize,
}

impl FrameHandler for SlowReplies {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow {
        let before = self.requests;
        if bytes.is_empty() {
            self.requests -= 1;
        }
        self.requests += count(bytes, b'?');
        replies.put_bytes(b'o', count(bytes, b'p'));
        let is_next = self.requests > 0 && (before == 0 || bytes.is_empty());
        if is_next {
            Flow::PendingReply(Box::pin(pending()))
        } else {
            Flow::Read
        }
    }

    fn is_full(&self) -> bool {
        self.requests >= 3
    }
}

/// Each `.` completes a message. A message that is given up gets an `x`.
#[derive(Default)]
struct DotTerminated {
    complete: u32,
    has_begun: bool,
}

impl FrameHandler for DotTerminated {
    fn receive(&mut self, bytes: &[u8], _: &mut BytesMut) -> Flow {
        self.complete += count(bytes, b'.') as u32;
        self.has_begun = bytes.last() != Some(&b'.');
        Flow::Read
    }

    fn is_full(&self) -> bool {
        false
    }

    fn unfinished(&self) -> Option<u32> {
        self.has_begun.then_some(self.complete)
    }

    fn give_up(&mut self, last: &mut BytesMut) -> bool {
        last.put_u8(b'x');
        true
    }
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

/// Waits for a request. Its socket is then served once more.
async fn next_request(harness: &mut Harness) -> SubscriberKey {
    let (key, _) = harness.serve_ready().await.expect("a request");
    assert!(harness.serve_ready().await.is_none());
    key
}

/// Sends a reply. Returns the next request of the same client.
fn reply(harness: &mut Harness, key: SubscriberKey, reply: &'static str) -> Option<SubscriberKey> {
    let next = harness
        .subscribers
        .send_reply(key, Reply::Bytes(Bytes::from_static(reply.as_bytes())));
    next.map(|(key, _)| key)
}

fn expect(client: &mut TcpStream, expected: &str) {
    let mut received = vec![0; expected.len()];
    client.read_exact(&mut received).expect("a reply in time");
    assert_eq!(received, expected.as_bytes());
}

#[actix_web::test]
async fn a_client_that_waits_for_a_reply_is_read() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.converse(SlowReplies::default());
    client.write_all(b"?").unwrap();
    let key = next_request(&mut harness).await;
    for _ in 0..6 {
        harness.receive(&mut client, b"p").await;
        expect(&mut client, "o");
        harness.advance(seconds(16));
        expect(&mut client, "h");
    }
    assert_eq!(harness.count(), 1, "not silent for 96 s");
    assert!(reply(&mut harness, key, "A").is_none());
    expect(&mut client, "A");
}

#[actix_web::test]
async fn a_client_that_is_not_read_is_not_silent() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.converse(SlowReplies::default());
    client.write_all(b"???p").unwrap();
    let mut key = next_request(&mut harness).await;
    client.write_all(b"p").unwrap();
    harness.advance(seconds(100));
    assert_eq!(harness.count(), 1, "its queue is full, so it is not read");
    expect(&mut client, "ohhhhhh");
    for is_last in [false, false, true] {
        let next = reply(&mut harness, key, "A");
        assert_eq!(next.is_none(), is_last);
        key = next.unwrap_or(key);
    }
    expect(&mut client, "A");
    harness.advance(seconds(46));
    assert_eq!(harness.count(), 0, "it is read now, and sends nothing");
}

#[actix_web::test]
async fn a_client_that_closes_gets_its_replies() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.converse(SlowReplies::default());
    client.write_all(b"??").unwrap();
    let key = next_request(&mut harness).await;
    client.shutdown(Shutdown::Write).unwrap();
    assert!(harness.serve_ready().await.is_none());
    let key = reply(&mut harness, key, "A").expect("the second request");
    assert!(reply(&mut harness, key, "B").is_none());
    assert_eq!(harness.count(), 0);
    assert_eq!(read_all(client), "AB");
}

#[actix_web::test]
async fn a_message_that_is_not_completed_is_given_up() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.converse(DotTerminated::default());
    harness.receive(&mut client, b"a").await;
    for _ in 0..9 {
        harness.advance(seconds(1));
        harness.receive(&mut client, b"a").await;
    }
    assert_eq!(harness.count(), 1);
    harness.advance(seconds(12));
    assert_eq!(harness.count(), 0);
    assert_eq!(read_all(client), "x");
}

#[actix_web::test]
async fn messages_that_are_completed_in_time_are_accepted() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.converse(DotTerminated::default());
    for _ in 0..20 {
        harness.receive(&mut client, b"a.a").await;
        harness.advance(seconds(7));
    }
    harness.receive(&mut client, b".").await;
    harness.advance(seconds(25));
    assert_eq!(harness.count(), 1);
}
