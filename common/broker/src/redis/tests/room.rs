//! The channels that are evicted for new ones.

use super::model::hub;
use crate::{
    BrokerError,
    redis::{
        load_state::NextStep,
        replies::StoredHistory,
        room::{IDLE, LOOKED_AT},
        subscriptions::{Opening, Subscriptions},
    },
};
use common::{
    channels::ChannelLease,
    hub::Hub,
    message::{ChannelName, Cursor, MessageId},
};
use std::time::{Duration, Instant};

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
}

struct Room {
    subscriptions: Subscriptions,
    hub: Hub,
    now: Instant,
}

impl Room {
    fn new(most: usize) -> Self {
        let (mut subscriptions, hub) = (Subscriptions::new(most), hub());
        let _ = subscriptions.attach(&hub);
        let now = Instant::now();
        Self {
            subscriptions,
            hub,
            now,
        }
    }

    /// Requests a channel a second later.
    fn request(&mut self, number: usize) -> Result<Opening, BrokerError> {
        self.now += Duration::from_secs(1);
        let channel = channel(number);
        self.subscriptions.open(&channel, Cursor::Latest, self.now)
    }

    /// Opens a channel as a request does, and loads it as empty. Returns the channel that made
    /// room.
    fn open(&mut self, number: usize) -> Result<Option<ChannelName>, BrokerError> {
        let Opening::Loading { evicted, .. } = self.request(number)? else {
            return Ok(None);
        };
        self.load(number);
        Ok(evicted)
    }

    fn load(&mut self, number: usize) {
        let channel = channel(number);
        let request = self.subscriptions.begin_load(&channel).unwrap();
        let latest = MessageId {
            epoch: 1,
            offset: 0,
        };
        let history = StoredHistory {
            latest,
            messages: Vec::new(),
        };
        let next = self.subscriptions.finish_load(&channel, request, &history);
        assert_eq!(next, NextStep::Nothing);
    }

    /// Opens channels that clients read.
    fn open_and_lease(&mut self, numbers: std::ops::Range<usize>) -> Vec<ChannelLease> {
        numbers
            .map(|number| {
                self.open(number).unwrap();
                self.hub.lease(&channel(number)).unwrap()
            })
            .collect()
    }
}

#[test]
fn the_least_recently_used_idle_channel_makes_room_at_once() {
    let mut room = Room::new(4);
    (0..3).for_each(|number| assert_eq!(room.open(number), Ok(None)));
    assert_eq!(room.open(0), Ok(None));
    assert_eq!(
        room.open(3),
        Ok(Some(channel(1))),
        "the first was used since"
    );
    let lease = room.hub.lease(&channel(2)).unwrap();
    assert_eq!(room.open(4), Ok(Some(channel(0))), "the second is leased");
    assert!(room.hub.channel(&channel(0)).is_none() && !room.subscriptions.contains(&channel(0)));
    drop(lease);
    assert!(room.subscriptions.contains(&ChannelName::main()));
}

#[test]
fn a_channel_makes_room_when_no_client_reads_it() {
    let mut room = Room::new(3);
    let mut leases = room.open_and_lease(0..2);
    let refused = BrokerError::TooManyChannels { limit: 3 };
    assert_eq!(room.open(2), Err(refused.clone()));
    let again = leases[0].clone();
    drop(leases.remove(0));
    assert_eq!(room.open(2), Err(refused), "a client still reads it");
    drop(again);
    assert_eq!(room.open(2), Ok(Some(channel(0))));
}

#[test]
fn a_channel_with_waiting_requests_makes_no_room() {
    let mut room = Room::new(2);
    let Ok(Opening::Loading { loaded, .. }) = room.request(0) else {
        panic!("it is new")
    };
    assert!(room.open(1).is_err());
    drop(loaded);
    assert_eq!(room.open(1), Ok(Some(channel(0))));
}

#[test]
fn a_channel_is_unsubscribed_a_minute_after_its_last_use() {
    let mut room = Room::new(10);
    let leases = room.open_and_lease(0..1);
    assert_eq!(
        room.subscriptions.sweep(room.now + IDLE).0,
        [],
        "it is read"
    );
    drop(leases);
    let left = room.now + 2 * IDLE;
    assert_eq!(room.subscriptions.sweep(left).0, []);
    assert_eq!(room.subscriptions.sweep(left + IDLE / 2).0, []);
    assert_eq!(room.subscriptions.sweep(left + IDLE).0, [channel(0)]);
    assert!(room.subscriptions.contains(&ChannelName::main()));
}

#[test]
fn channels_that_were_all_used_since_make_room() {
    let mut room = Room::new(3);
    for number in [0, 1, 0, 1] {
        assert_eq!(room.open(number), Ok(None));
    }
    assert_eq!(room.open(2), Ok(Some(channel(0))));
}

#[test]
fn a_use_looks_at_two_channels_that_were_used_before() {
    let mut room = Room::new(1000);
    let leases = room.open_and_lease(1..1000);
    assert_eq!(
        room.subscriptions.counts(),
        [1, 0],
        "only the last is not known to be read"
    );
    assert!(room.open(0).is_err());
    drop(leases);
    assert!(room.open(0).is_ok());
}

#[test]
fn a_refusal_looks_at_256_channels_that_were_used_before() {
    let mut room = Room::new(600);
    let mut leases = Vec::new();
    for number in 1..600 {
        room.now -= Duration::from_secs(1);
        leases.extend(room.open_and_lease(number..number + 1));
    }
    assert_eq!(
        room.subscriptions.counts(),
        [599, 0],
        "all in the same second"
    );
    room.now -= Duration::from_secs(1);
    assert!(room.open(0).is_err());
    assert_eq!(room.subscriptions.counts(), [599 - LOOKED_AT, 0]);
}

#[test]
fn a_sweep_evicts_256_channels_at_once() {
    let mut room = Room::new(1000);
    (0..600).for_each(|number| assert!(room.open(number).is_ok()));
    let later = room.now + 2 * IDLE;
    let counts = std::iter::from_fn(|| {
        let (evicted, has_more) = room.subscriptions.sweep(later);
        (has_more || !evicted.is_empty()).then_some(evicted.len())
    });
    let counts: Vec<_> = counts.collect();
    assert_eq!(counts.iter().sum::<usize>(), 600);
    assert!(counts.iter().all(|count| *count <= LOOKED_AT), "{counts:?}");
}
