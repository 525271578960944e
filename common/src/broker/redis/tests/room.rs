//! The channels that make room for new ones.

use super::*;
use crate::broker::BrokerError;
use std::time::Instant;

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
}

struct Room {
    subscriptions: Subscriptions,
    hub: Hub,
}

impl Room {
    fn new(most: usize) -> Self {
        let (mut subscriptions, hub) = (Subscriptions::new(most), hub());
        let _ = subscriptions.attach(&hub);
        Self { subscriptions, hub }
    }

    /// Opens a channel as a request does, and loads it as empty. Returns the channel that made room.
    fn open(&mut self, number: usize) -> Result<Option<ChannelName>, BrokerError> {
        let channel = channel(number);
        let Opening::Loading { evicted, .. } = self.subscriptions.open(&channel, Cursor::Latest)?
        else {
            return Ok(None);
        };
        let request = self.subscriptions.begin_load(&channel).unwrap();
        let history = StoredHistory {
            latest: MessageId {
                epoch: 1,
                offset: 0,
            },
            messages: Vec::new(),
        };
        assert_eq!(
            self.subscriptions.finish_load(&channel, request, &history),
            NextStep::Nothing
        );
        Ok(evicted)
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
    let reader = room.hub.lease(&channel(2)).unwrap();
    assert_eq!(room.open(4), Ok(Some(channel(0))), "the second is leased");
    assert!(room.hub.channel(&channel(0)).is_none() && !room.subscriptions.contains(&channel(0)));
    drop(reader);
    assert!(room.subscriptions.contains(&ChannelName::main()));
}

#[test]
fn a_channel_makes_room_when_no_client_reads_it() {
    let mut room = Room::new(3);
    let readers: Vec<_> = (0..2)
        .map(|number| {
            room.open(number).unwrap();
            room.hub.lease(&channel(number)).unwrap()
        })
        .collect();
    let refused = BrokerError::TooManyChannels { limit: 3 };
    assert_eq!(room.open(2), Err(refused));
    drop(readers);
    let began = Instant::now();
    while room.open(2).is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it is never found idle"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_channel_with_waiting_requests_makes_no_room() {
    let mut room = Room::new(2);
    let Ok(Opening::Loading { loaded, .. }) =
        room.subscriptions.open(&channel(0), Cursor::Earliest)
    else {
        panic!("it is new")
    };
    assert!(room.open(1).is_err());
    drop(loaded);
    let began = Instant::now();
    while room.open(1).is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "no request waits for it any more"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_cost_of_a_refusal_does_not_depend_on_the_channels() {
    let cost = |most: usize| {
        let mut room = Room::new(most);
        let readers: Vec<_> = (1..most)
            .map(|number| {
                room.open(number).unwrap();
                room.hub.lease(&channel(number)).unwrap()
            })
            .collect();
        // The first one searches and finds that all are read.
        let refuse = |room: &mut Room| assert!(room.open(0).is_err());
        refuse(&mut room);
        let began = Instant::now();
        (0..1000).for_each(|_| refuse(&mut room));
        drop(readers);
        began.elapsed()
    };
    let (few, many) = (cost(10), cost(1_000));
    // A search of all would take a hundred times as long.
    assert!(
        many < 30 * few,
        "{few:?} with 10 channels, {many:?} with 1000"
    );
}
