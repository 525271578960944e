//! The pieces of a response make up the response, and a slow peer keeps no messages alive.

use super::*;
use common::{
    history::{Resume, Retention},
    hub::{Hub, Timeouts},
    message::{ChannelName, Cursor, Envelope, Message},
    metrics::Metrics,
};
use serde_json::Value;
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// What a response has reported as sent.
type Reported = Rc<Cell<Option<Sent>>>;

struct World {
    hub: Hub,
    channel: ChannelName,
    next: u64,
}

impl World {
    fn new(messages: usize) -> Self {
        let timeouts = Timeouts {
            heartbeat: Duration::MAX,
            stalled: Duration::MAX,
            keep_alive: Duration::MAX,
        };
        let retention = Retention {
            messages,
            bytes: usize::MAX,
            age: u64::MAX,
        };
        let hub = Hub::new(
            retention,
            usize::MAX,
            timeouts,
            Arc::new(Metrics::new("test")),
        );
        hub.open(&ChannelName::main(), id(0), Vec::new());
        Self {
            hub,
            channel: ChannelName::main(),
            next: 1,
        }
    }

    fn publish(&mut self, bytes: usize) {
        let text = format!("\"{}\"", "x".repeat(bytes));
        self.hub
            .deliver(
                &self.channel,
                Message::new(id(self.next), &self.channel, &text, 0),
            )
            .unwrap();
        self.next += 1;
    }

    fn pieces(&self, limit: u64) -> (Pieces<impl FnOnce(Sent) + use<>>, Reported) {
        self.pieces_in(Envelope::Message, limit)
    }

    fn pieces_in(
        &self,
        envelope: Envelope,
        limit: u64,
    ) -> (Pieces<impl FnOnce(Sent) + use<>>, Reported) {
        let channel = self.hub.channel(&self.channel).unwrap();
        let page = Page {
            limit,
            envelope,
            caching: None,
        };
        let bytes = if envelope == Envelope::None {
            MAX_BYTES
        } else {
            PIECE_BYTES
        };
        let next = channel.read_from(Resume::at(id(0)), limit as usize, bytes);
        let batch = Batch::new(next, page);
        let reported = Rc::new(Cell::new(None));
        let report = reported.clone();
        (
            Pieces::new(channel.into(), &batch, move |sent| {
                report.set(Some(sent));
            }),
            reported,
        )
    }
}

fn read(pieces: &mut Pieces<impl FnOnce(Sent)>) -> io::Result<Value> {
    let mut text = Vec::new();
    while let Some(piece) = pieces.next_piece() {
        let piece = piece?;
        assert!(piece.len() <= 2 * PIECE_BYTES, "{}", piece.len());
        text.extend_from_slice(&piece);
    }
    Ok(serde_json::from_slice(&text).unwrap())
}

#[test]
fn small_and_large_messages_are_complete_and_in_order() {
    let mut world = World::new(1000);
    let sent = [
        1,
        10,
        PIECE_BYTES - 60,
        PIECE_BYTES,
        5 * PIECE_BYTES,
        3,
        PIECE_BYTES / 2,
        PIECE_BYTES / 2,
        40 * PIECE_BYTES,
        1,
    ];
    sent.into_iter().for_each(|bytes| world.publish(bytes));
    let (mut pieces, reported) = world.pieces(1000);
    let body = read(&mut pieces).unwrap();
    let lengths: Vec<_> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["message"].as_str().unwrap().len())
        .collect();
    assert_eq!(lengths, sent);
    assert_eq!(body["cursor"], "7-10");
    assert_eq!(reported.get().map(|sent| sent.messages), Some(10));
}

#[test]
fn a_limit_ends_a_response_with_the_cursor_of_its_last_message() {
    let mut world = World::new(1000);
    (0..100).for_each(|_| world.publish(20_000));
    assert_eq!(read(&mut world.pieces(7).0).unwrap()["cursor"], "7-7");
    let body = read(&mut world.pieces(1000).0).unwrap();
    let count = body["messages"].as_array().unwrap().len();
    assert!((52..=53).contains(&count), "{count}");
    assert_eq!(body["cursor"], format!("7-{count}"));
}

#[test]
fn a_dropped_message_ends_the_response() {
    let mut world = World::new(2);
    (0..2).for_each(|_| world.publish(PIECE_BYTES / 2));
    let (mut between, _) = world.pieces(1000);
    (0..2).for_each(|_| world.publish(3 * PIECE_BYTES));
    let body = read(&mut between).unwrap();
    assert_eq!(
        (&body["messages"], &body["cursor"]),
        (&Value::Array(Vec::new()), &Value::from("7-0"))
    );

    let mut world = World::new(2);
    (0..2).for_each(|_| world.publish(3 * PIECE_BYTES));
    let (mut within, reported) = world.pieces(1000);
    let first = within.next_piece().unwrap().unwrap();
    assert!(first.len() <= PIECE_BYTES);
    (0..2).for_each(|_| world.publish(1));
    assert!(
        within.next_piece().unwrap().is_err(),
        "the rest of the message is lost"
    );
    drop(within);
    assert_eq!(reported.get().map(|sent| sent.messages), Some(0));
}

#[test]
fn without_an_envelope_the_messages_are_those_of_the_headers() {
    let mut world = World::new(100);
    (0..90).for_each(|_| world.publish(20_000));
    let texts = |count: usize| Value::from(vec!["x".repeat(20_000); count]);
    let (mut all, _) = world.pieces_in(Envelope::None, 3);
    let (mut most, reported) = world.pieces_in(Envelope::None, 1000);
    // More than the headers count.
    world.publish(1);
    assert_eq!(read(&mut all).unwrap(), texts(3));
    assert_eq!(read(&mut most).unwrap(), texts(52));
    assert_eq!(reported.get().map(|sent| sent.messages), Some(52));
}

#[test]
fn without_an_envelope_a_dropped_message_breaks_the_response() {
    let mut world = World::new(3);
    (0..3).for_each(|_| world.publish(PIECE_BYTES / 2));
    let (mut pieces, _) = world.pieces_in(Envelope::None, 1000);
    pieces.next_piece().unwrap().unwrap();
    (0..3).for_each(|_| world.publish(1));
    assert!(read(&mut pieces).is_err());
}

/// The history removes an end only some time after the broker takes messages again.
#[test]
fn a_page_that_ends_with_a_former_end_is_not_the_end() {
    let mut world = World::new(9);
    let end = "end".parse().unwrap();
    let end = Message::with_attributes(id(1), &world.channel, "1", &end, 0);
    world.hub.deliver(&world.channel, end).unwrap();
    world.next = 2;
    let json = |world: &World| {
        let channel = world.hub.channel(&world.channel).unwrap();
        let start = channel.resume(Cursor::Earliest);
        let page = Page {
            limit: 1,
            envelope: Envelope::Message,
            caching: None,
        };
        let next = channel.read_from(start, page.limit as usize, PIECE_BYTES);
        let json = Batch::new(next, page).json();
        serde_json::from_slice::<Value>(&json).unwrap()
    };
    assert_eq!(json(&world)["end"], true);
    world.publish(1);
    assert_eq!(json(&world).get("end"), None);
}
