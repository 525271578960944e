//! Tests of what a trim visits.

use super::*;
use crate::{
    channels::accept_order::AcceptOrder,
    history::{History, Retention},
    message::{Message, MessageId},
};

const AGE: u64 = 1000;

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 1, offset }
}

fn channel_name(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
}

/// A table, and the size of the messages in it.
struct Fixture {
    table: ChannelTable,
    order: AcceptOrder,
    body: String,
}

impl Fixture {
    fn new(bytes: usize, channels: usize) -> Self {
        let table = ChannelTable::new(usize::MAX, AGE);
        let retention = Arc::new(Retention {
            messages: 3,
            bytes: usize::MAX,
            age: AGE,
        });
        for number in 0..channels {
            let history = History::new(id(0), retention.clone());
            table.insert(Channel::new(channel_name(number), history, None).into());
        }
        Self {
            table,
            order: AcceptOrder::default(),
            body: format!("\"{}\"", "x".repeat(bytes)),
        }
    }

    fn publish(&self, number: usize, time: u64) {
        let channel = self.channel(number);
        let message = self.message(number, channel.latest().next(), time);
        let change = channel.append(message, &self.order).unwrap();
        self.table.record(&channel, change);
    }

    fn restart(&self, number: usize, time: u64) {
        let channel = self.channel(number);
        let latest = channel.latest().next();
        let backlog = vec![self.message(number, latest, time)];
        let change = channel.restart(latest, backlog, &self.order);
        self.table.record_restart(&channel, change);
    }

    fn message(&self, number: usize, id: MessageId, time: u64) -> Message {
        Message::new(id, &channel_name(number), &self.body, time)
    }

    fn channel(&self, number: usize) -> Arc<Channel> {
        self.table.get(&channel_name(number)).unwrap()
    }

    /// Returns how many channels each piece of a trim visits.
    fn trim(&self, now: u64) -> Vec<usize> {
        let pieces = std::iter::repeat_with(|| self.table.trim_piece(now));
        // A trim that does not end fails by its length.
        let pieces = pieces.take_while(|visited| *visited > 0);
        pieces.take(100).collect()
    }
}

#[test]
fn a_trim_visits_only_channels_with_messages_to_remove() {
    let fixture = Fixture::new(10, 1000);
    let (old, new) = (5300, 6700);
    (0..100).for_each(|number| fixture.publish(number, old));
    (50..200).for_each(|number| fixture.publish(number, new));
    assert!(fixture.trim(old + AGE).is_empty(), "none is too old");
    assert_eq!(fixture.trim(old + AGE + 1000), [100]);
    assert!(fixture.trim(new + AGE).is_empty());
    assert_eq!(fixture.trim(new + AGE + 1000), [150]);
    assert_eq!(fixture.table.bytes(), 0);
    assert!(fixture.trim(u64::MAX).is_empty(), "all are idle");
}

#[test]
fn a_busy_channel_is_visited_once_for_each_age() {
    let fixture = Fixture::new(10, 1);
    // The history has three messages, so none becomes too old.
    let visits = (0..10 * AGE).step_by(10).map(|time| {
        fixture.publish(0, time);
        fixture.trim(time).len()
    });
    let visits: usize = visits.sum();
    assert!((8..=10).contains(&visits), "{visits}");
}

#[test]
fn a_history_that_is_replaced_by_an_older_one_expires_in_time() {
    let fixture = Fixture::new(10, 1);
    fixture.publish(0, 5000);
    fixture.restart(0, 4000);
    assert_eq!(fixture.trim(5000 + AGE), [1]);
    assert_eq!(fixture.table.bytes(), 0);
    fixture.restart(0, 6000);
    assert_eq!(fixture.trim(7000 + AGE), [1]);
}

#[test]
fn a_channel_that_is_removed_is_not_kept_for_its_expiry() {
    let fixture = Fixture::new(10, 1);
    fixture.publish(0, 5000);
    let channel = Arc::downgrade(&fixture.channel(0));
    assert!(fixture.table.remove_unless(&channel_name(0), |_| false));
    assert!(channel.upgrade().is_none());
    assert!(fixture.trim(u64::MAX).is_empty());
}

#[test]
fn a_piece_of_a_trim_is_bounded_in_channels_and_bytes() {
    let fixture = Fixture::new(10, 2 * PIECE + 1);
    (0..=2 * PIECE).for_each(|number| fixture.publish(number, 0));
    assert_eq!(fixture.trim(u64::MAX), [PIECE, PIECE, 1]);
    let fixture = Fixture::new(PIECE_BYTES, 3);
    (0..3).for_each(|number| fixture.publish(number, 0));
    assert_eq!(
        fixture.trim(u64::MAX),
        [1, 1, 1],
        "each channel has as much as a piece may remove"
    );
}
