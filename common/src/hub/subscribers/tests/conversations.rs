//! Peers whose answers take time, and what is heard of them meanwhile.

use super::world::{World, all, seconds};
use crate::hub::{Flow, FrameHandler, subscribers::SubscriberKey};
use bytes::{BufMut, Bytes, BytesMut};
use std::{
    future::pending,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

/// Each `?` is answered when the test says so, one after the other, three at a time at most; each `p` at once with an `o`.
#[derive(Default)]
struct Slow {
    asked: usize,
}

impl FrameHandler for Slow {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow {
        let before = self.asked;
        if bytes.is_empty() {
            self.asked -= 1;
        }
        self.asked += bytes.iter().filter(|byte| **byte == b'?').count();
        replies.put_bytes(b'o', bytes.iter().filter(|byte| **byte == b'p').count());
        let is_due = self.asked > 0 && (before == 0 || bytes.is_empty());
        if is_due {
            Flow::PendingReply(Box::pin(pending()))
        } else {
            Flow::Read
        }
    }

    fn is_full(&self) -> bool {
        self.asked >= 3
    }
}

/// Waits for a request; the peer is looked at once more when that was begun.
async fn request(world: &mut World) -> SubscriberKey {
    let (key, _) = world.hear().await.expect("a request");
    assert!(world.hear().await.is_none());
    key
}

/// Each `.` ends a message. One that is given up is answered with an `x`.
#[derive(Default)]
struct Spelled {
    complete: u32,
    has_begun: bool,
}

impl FrameHandler for Spelled {
    fn receive(&mut self, bytes: &[u8], _: &mut BytesMut) -> Flow {
        self.complete += bytes.iter().filter(|byte| **byte == b'.').count() as u32;
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

fn expect(client: &mut TcpStream, expected: &[u8]) {
    let mut got = vec![0; expected.len()];
    client
        .read_exact(&mut got)
        .expect("an answer, in good time");
    assert_eq!(got, expected);
}

#[actix_web::test]
async fn a_peer_that_waits_for_an_answer_is_heard_and_lives() {
    let mut world = World::new(true);
    let mut client = world.converse(Slow::default());
    client.write_all(b"?").unwrap();
    let key = request(&mut world).await;
    for _ in 0..6 {
        world.say(&mut client, b"p").await;
        expect(&mut client, b"o");
        world.pass(seconds(16));
        expect(&mut client, b"h");
    }
    assert_eq!(
        world.metrics.subscribers.get(),
        1,
        "96 s are nothing to one that is heard"
    );
    assert!(
        world
            .subscribers
            .answered(key, Bytes::from_static(b"A"))
            .is_none()
    );
    expect(&mut client, b"A");
}

#[actix_web::test]
async fn a_peer_that_is_not_read_is_not_judged_by_its_silence() {
    let mut world = World::new(true);
    let mut client = world.converse(Slow::default());
    client.write_all(b"???p").unwrap();
    let mut key = request(&mut world).await;
    client.write_all(b"p").unwrap();
    world.pass(seconds(100));
    assert_eq!(
        world.metrics.subscribers.get(),
        1,
        "it has asked for as much as it may, so nothing was read"
    );
    expect(&mut client, b"ohhhhhh");
    for last in [false, false, true] {
        let next = world.subscribers.answered(key, Bytes::from_static(b"A"));
        assert_eq!(next.is_none(), last);
        key = next.map_or(key, |(key, _)| key);
    }
    expect(&mut client, b"A");
    world.pass(seconds(46));
    assert_eq!(
        world.metrics.subscribers.get(),
        0,
        "now it could answer, and does not"
    );
}

#[actix_web::test]
async fn a_peer_that_ends_gets_what_it_has_asked_for() {
    let mut world = World::new(true);
    let mut client = world.converse(Slow::default());
    client.write_all(b"??").unwrap();
    let key = request(&mut world).await;
    client.shutdown(Shutdown::Write).unwrap();
    assert!(world.hear().await.is_none());
    let (key, _) = world
        .subscribers
        .answered(key, Bytes::from_static(b"A"))
        .expect("the second request");
    assert!(
        world
            .subscribers
            .answered(key, Bytes::from_static(b"B"))
            .is_none()
    );
    assert_eq!(
        (world.metrics.subscribers.get(), &all(client)[..]),
        (0, "AB")
    );
}

#[actix_web::test]
async fn a_message_that_is_not_completed_is_given_up() {
    let mut world = World::new(true);
    let mut client = world.converse(Spelled::default());
    world.say(&mut client, b"a").await;
    for _ in 0..9 {
        world.pass(seconds(1));
        world.say(&mut client, b"a").await;
    }
    assert_eq!(world.metrics.subscribers.get(), 1);
    world.pass(seconds(12));
    assert_eq!(
        (world.metrics.subscribers.get(), &all(client)[..]),
        (0, "x")
    );
}

#[actix_web::test]
async fn messages_that_are_completed_in_time_go_on() {
    let mut world = World::new(true);
    let mut client = world.converse(Spelled::default());
    for _ in 0..20 {
        world.say(&mut client, b"a.a").await;
        world.pass(seconds(7));
    }
    world.say(&mut client, b".").await;
    world.pass(seconds(25));
    assert_eq!(world.metrics.subscribers.get(), 1);
}
