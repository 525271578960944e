//! Whatever pieces a response comes in, it is the response; and what is not taken keeps nothing.

use super::*;
use crate::{
    history::{Resume, Retention},
    hub::{Hub, Timeouts},
    message::{ChannelName, Message},
    metrics::Metrics,
};
use serde_json::Value;
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

/// What a response told of what was given.
type Told = Rc<Cell<Option<Sent>>>;

struct World {
    hub: Hub,
    channel: ChannelName,
    next: u64,
}

impl World {
    fn new(messages: usize) -> Self {
        let patience = Timeouts {
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
            patience,
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

    fn pieces(&self, limit: u64) -> (Pieces<impl FnOnce(Sent) + use<>>, Told) {
        let feed = self.hub.channel(&self.channel).unwrap();
        let batch = Batch::read(
            &feed,
            Resume {
                cursor: id(0),
                reset: None,
            },
            limit,
            PIECE,
        );
        let told = Rc::new(Cell::new(None));
        let tell = told.clone();
        (
            Pieces::new(feed.into(), &batch, limit, move |sent| tell.set(Some(sent))),
            told,
        )
    }
}

fn read(pieces: &mut Pieces<impl FnOnce(Sent)>) -> io::Result<Value> {
    let mut text = Vec::new();
    while let Some(piece) = pieces.piece() {
        let piece = piece?;
        assert!(piece.len() <= 2 * PIECE, "{}", piece.len());
        text.extend_from_slice(&piece);
    }
    Ok(serde_json::from_slice(&text).unwrap())
}

#[test]
fn small_and_large_messages_come_whole_and_in_order() {
    let mut world = World::new(1000);
    for bytes in [
        1,
        10,
        PIECE - 60,
        PIECE,
        5 * PIECE,
        3,
        PIECE / 2,
        PIECE / 2,
        40 * PIECE,
        1,
    ] {
        world.publish(bytes);
    }
    let (mut pieces, told) = world.pieces(1000);
    let answer = read(&mut pieces).unwrap();
    let lengths: Vec<_> = answer["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["message"].as_str().unwrap().len())
        .collect();
    assert_eq!(
        lengths,
        [
            1,
            10,
            PIECE - 60,
            PIECE,
            5 * PIECE,
            3,
            PIECE / 2,
            PIECE / 2,
            40 * PIECE,
            1
        ]
    );
    assert_eq!(answer["cursor"], "7-10");
    assert_eq!(told.get().map(|sent| sent.messages), Some(10));
}

#[test]
fn a_limit_and_a_bound_in_bytes_end_it_with_the_cursor_of_the_last() {
    let mut world = World::new(1000);
    (0..100).for_each(|_| world.publish(20_000));
    assert_eq!(read(&mut world.pieces(7).0).unwrap()["cursor"], "7-7");
    let answer = read(&mut world.pieces(1000).0).unwrap();
    let count = answer["messages"].as_array().unwrap().len();
    assert!((52..=53).contains(&count), "{count}");
    assert_eq!(answer["cursor"], format!("7-{count}"));
}

#[test]
fn what_the_log_lets_go_of_ends_the_response_and_is_not_kept() {
    let mut world = World::new(2);
    (0..2).for_each(|_| world.publish(PIECE / 2));
    let (mut between, _) = world.pieces(1000);
    (0..2).for_each(|_| world.publish(3 * PIECE));
    let answer = read(&mut between).unwrap();
    assert_eq!(
        (&answer["messages"], &answer["cursor"]),
        (&Value::Array(Vec::new()), &Value::from("7-0"))
    );

    let mut world = World::new(2);
    (0..2).for_each(|_| world.publish(3 * PIECE));
    let (mut within, told) = world.pieces(1000);
    let first = within.piece().unwrap().unwrap();
    assert!(first.len() <= PIECE);
    (0..2).for_each(|_| world.publish(1));
    assert!(
        within.piece().unwrap().is_err(),
        "a part of a message is no message"
    );
    drop(within);
    assert_eq!(told.get().map(|sent| sent.messages), Some(0));
}
