//! Which channels make room for new ones.

use super::*;
use crate::broker::BrokerError;
use std::time::Instant;

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
}

struct Room {
    channels: Channels,
    hub: Hub,
}

impl Room {
    fn new(most: usize) -> Self {
        let (mut channels, hub) = (Channels::new(most), hub());
        let _ = channels.attach(&hub);
        Self { channels, hub }
    }

    /// Opens a channel as a request does, and lets Redis say that it is empty; says what made room for it.
    fn open(&mut self, number: usize) -> Result<Option<ChannelName>, BrokerError> {
        let channel = channel(number);
        let Opening::Wait { evicted, .. } = self.channels.open(&channel, Cursor::Latest)? else {
            return Ok(None);
        };
        let question = self.channels.ask(&channel).unwrap();
        let history = History {
            head: MessageId {
                epoch: 1,
                offset: 0,
            },
            messages: Vec::new(),
        };
        assert_eq!(
            self.channels.fill(&channel, question, &history),
            Then::Nothing
        );
        Ok(evicted)
    }
}

#[test]
fn the_least_recently_used_channel_that_nobody_reads_makes_room_at_once() {
    let mut room = Room::new(4);
    (0..3).for_each(|number| assert_eq!(room.open(number), Ok(None)));
    assert_eq!(room.open(0), Ok(None));
    assert_eq!(
        room.open(3),
        Ok(Some(channel(1))),
        "the first was used since"
    );
    let reader = room.hub.lease(&channel(2)).unwrap();
    assert_eq!(
        room.open(4),
        Ok(Some(channel(0))),
        "somebody has the second"
    );
    assert!(room.hub.channel(&channel(0)).is_none() && !room.channels.has(&channel(0)));
    drop(reader);
    assert!(room.channels.has(&ChannelName::main()));
}

#[test]
fn a_channel_makes_room_again_when_its_readers_have_left() {
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
            "it is never found out"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_channel_that_is_being_loaded_makes_no_room() {
    let mut room = Room::new(2);
    let Ok(Opening::Wait { answered, .. }) = room.channels.open(&channel(0), Cursor::Earliest)
    else {
        panic!("it is new")
    };
    assert!(room.open(1).is_err());
    drop(answered);
    let began = Instant::now();
    while room.open(1).is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "nobody waits for it any more"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn opening_and_refusing_look_at_few_channels_however_many_there_are() {
    let cost = |most: usize| {
        let mut room = Room::new(most);
        let readers: Vec<_> = (1..most)
            .map(|number| {
                room.open(number).unwrap();
                room.hub.lease(&channel(number)).unwrap()
            })
            .collect();
        // The first of these finds that all are read; the others know.
        let refuse = |room: &mut Room| assert!(room.open(0).is_err());
        refuse(&mut room);
        let began = Instant::now();
        (0..1000).for_each(|_| refuse(&mut room));
        drop(readers);
        began.elapsed()
    };
    let (few, many) = (cost(10), cost(1_000));
    // A walk over all would take a hundred times as long.
    assert!(
        many < 30 * few,
        "{few:?} with 10 channels, {many:?} with 1000"
    );
}
