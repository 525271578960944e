//! The memory broker, its hubs and its channels.

mod room;

use super::*;
use crate::test_hub;
use common::{
    history::HistoryRead,
    message::{Attributes, Cursor},
};

fn hub() -> Hub {
    test_hub::hub(10)
}

fn publication(channel: &str, key: Option<&str>) -> Publication {
    let channel = ChannelName::parse(channel).unwrap();
    Publication {
        channel,
        body: "1".into(),
        attributes: Attributes::default(),
        key: key.map(str::to_owned),
    }
}

fn messages(hub: &Hub, channel: &str) -> Vec<u64> {
    let channel = hub.channel(&ChannelName::parse(channel).unwrap()).unwrap();
    match channel.read(channel.resume(Cursor::Earliest).cursor, 100, 100_000) {
        HistoryRead::Messages(batch) => batch.iter().map(|message| message.id.offset).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_hub_gets_every_message_in_order() {
    let (memory, hubs) = (Memory::new(10), [hub(), hub()]);
    hubs.iter().for_each(|hub| memory.attach(hub));
    let offsets: Vec<_> = (0..3)
        .map(|_| memory.publish(publication("a", None), 0).unwrap().id.offset)
        .collect();
    assert_eq!(offsets, [1, 2, 3]);
    hubs.iter()
        .for_each(|hub| assert_eq!(messages(hub, "a"), [1, 2, 3]));
}

#[test]
fn histories_of_two_brokers_have_different_epochs() {
    let epoch = |memory: Memory| memory.publish(publication("a", None), 0).unwrap().id.epoch;
    let epochs: std::collections::HashSet<_> = (0..100).map(|_| epoch(Memory::new(2))).collect();
    assert!(
        epochs.len() > 80,
        "100 brokers had {} different epochs",
        epochs.len()
    );
}

#[test]
fn an_epoch_of_a_clock_in_1970_is_not_negative() {
    assert_eq!(
        (epoch(0, MAX_SKEW - 1), epoch(MAX_SKEW, 1)),
        (0, MAX_SKEW - 1)
    );
}

#[test]
fn a_later_hub_has_the_latest_id_of_the_others() {
    let memory = Memory::new(10);
    let first = memory.publish(publication("a", None), 0).unwrap();
    let late = hub();
    memory.attach(&late);
    assert_eq!(
        late.channel(&ChannelName::parse("a").unwrap())
            .unwrap()
            .latest(),
        first.id
    );
}

#[test]
fn a_later_hub_has_the_longest_history_of_the_others() {
    let (memory, small, first) = (Memory::new(10), test_hub::hub(2), hub());
    [&small, &first]
        .into_iter()
        .for_each(|hub| memory.attach(hub));
    (0..5).for_each(|_| assert!(memory.publish(publication("a", None), 0).is_ok()));
    let late = hub();
    memory.attach(&late);
    drop(first);
    memory.publish(publication("a", None), 0).unwrap();
    assert_eq!(
        (messages(&small, "a"), messages(&late, "a")),
        (vec![5, 6], vec![1, 2, 3, 4, 5, 6])
    );
}

#[test]
fn a_dropped_hub_is_forgotten() {
    let (memory, gone) = (Memory::new(10), hub());
    memory.attach(&gone);
    drop(gone);
    memory.publish(publication("a", None), 0).unwrap();
    memory.sweep_slice(Instant::now());
    assert!(memory.state().hubs.hubs.is_empty());
}

#[test]
fn a_repeated_key_publishes_nothing() {
    let (memory, hub) = (Memory::new(10), hub());
    memory.attach(&hub);
    let first = memory.publish(publication("a", Some("k")), 0);
    assert_eq!(memory.publish(publication("a", Some("k")), 0), first);
    assert_ne!(memory.publish(publication("a", Some("l")), 0), first);
    memory.publish(publication("b", Some("k")), 0).unwrap();
    let other = Publication {
        body: "2".into(),
        ..publication("a", Some("k"))
    };
    assert_eq!(memory.publish(other, 0), Err(BrokerError::KeyReused));
    assert_eq!(
        (messages(&hub, "a"), messages(&hub, "b")),
        (vec![1, 2], vec![1])
    );
}

fn channel(name: &str) -> ChannelName {
    ChannelName::parse(name).unwrap()
}

fn publish(memory: &Memory, name: &str) -> Result<PublishAck, BrokerError> {
    memory.publish(publication(name, None), 0)
}

fn names(memory: &Memory) -> Vec<String> {
    let mut names: Vec<_> = memory
        .state()
        .channels
        .iter()
        .map(|(channel, _)| channel.to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn the_least_recently_used_channel_makes_room() {
    let (memory, hub) = (Memory::new(3), hub());
    memory.attach(&hub);
    publish(&memory, "a").unwrap();
    publish(&memory, "b").unwrap();
    memory.peek(&hub, &channel("a"));
    publish(&memory, "c").unwrap();
    assert_eq!(
        (names(&memory), hub.channel(&channel("b")).is_none()),
        (vec!["a".into(), "c".into(), "main".into()], true)
    );
    publish(&memory, "c").unwrap();
    publish(&memory, "d").unwrap();
    assert_eq!(names(&memory), ["c", "d", "main"]);
    assert_eq!(messages(&hub, "c").len(), 2);
}

#[test]
fn a_leased_channel_makes_no_room_until_its_leases_end() {
    let (memory, hubs) = (Memory::new(3), [hub(), hub()]);
    hubs.iter().for_each(|hub| memory.attach(hub));
    let first = memory.open(&hubs[0], &channel("a")).unwrap();
    let second = memory.open(&hubs[1], &channel("b")).unwrap();
    publish(&memory, "a").unwrap();
    for _ in 0..3 {
        assert_eq!(
            publish(&memory, "c"),
            Err(BrokerError::TooManyChannels { limit: 3 })
        );
    }
    let again = second.clone();
    drop(second);
    assert!(publish(&memory, "c").is_err(), "a lease is left");
    drop(again);
    publish(&memory, "c").unwrap();
    assert_eq!(names(&memory), ["a", "c", "main"]);
    drop(first);
    publish(&memory, "d").unwrap();
    assert_eq!(names(&memory), ["a", "d", "main"], "a was used until now");
}

#[test]
fn peeking_creates_no_channel_and_gives_a_valid_cursor() {
    let (memory, hub) = (Memory::new(2), hub());
    memory.attach(&hub);
    let cursors: std::collections::HashSet<_> = (0..100)
        .map(|number| {
            memory
                .peek(&hub, &channel(&format!("made-up-{number}")))
                .latest()
        })
        .collect();
    assert_eq!((names(&memory), cursors.len()), (vec!["main".into()], 1));
    let cursor = cursors.into_iter().next().unwrap();
    publish(&memory, "made-up-7").unwrap();
    let start = hub
        .channel(&channel("made-up-7"))
        .unwrap()
        .resume(Cursor::After(cursor));
    assert_eq!((start.reset, start.cursor), (None, cursor));
}

#[test]
fn a_channel_without_messages_is_forgotten_with_its_last_lease() {
    let (memory, hubs) = (Memory::new(10), [hub(), hub()]);
    hubs.iter().for_each(|hub| memory.attach(hub));
    let leases: Vec<_> = hubs
        .iter()
        .chain(&hubs)
        .map(|hub| memory.open(hub, &channel("made-up")).unwrap())
        .collect();
    memory.sweep_slice(Instant::now());
    assert_eq!(names(&memory), ["made-up", "main"]);
    drop(leases);
    memory.sweep_slice(Instant::now());
    assert_eq!(names(&memory), ["main"]);
    assert!(
        hubs.iter()
            .all(|hub| hub.channel(&channel("made-up")).is_none())
    );
}

#[test]
fn ids_of_a_forgotten_channel_are_never_used_again() {
    let (memory, hub) = (Memory::new(2), hub());
    memory.attach(&hub);
    let mut ids = std::collections::HashSet::new();
    for _ in 0..3 {
        (0..5).for_each(|_| assert!(ids.insert(publish(&memory, "a").unwrap().id)));
        let last = publish(&memory, "a").unwrap().id;
        assert!(ids.insert(last));
        publish(&memory, "b").unwrap();
        assert_eq!(names(&memory), ["b", "main"]);
        let absent = memory.peek(&hub, &channel("a"));
        assert_eq!(
            absent
                .resume(Cursor::After(last.previous()))
                .reset
                .map(|reset| reset.after),
            Some(last.previous())
        );
        assert_eq!(
            absent.resume(Cursor::After(last)).reset,
            None,
            "a client that had all has missed nothing"
        );
    }
}

#[test]
fn a_channel_is_forgotten_after_an_hour_without_use() {
    let (memory, hub) = (Memory::new(1000), hub());
    memory.attach(&hub);
    (0..2 * SLICE).for_each(|number| assert!(publish(&memory, &format!("c{number}")).is_ok()));
    let read = memory.open(&hub, &channel("c0")).unwrap();
    let now = Instant::now();
    assert!(!memory.sweep_slice(now + IDLE_TTL / 2));
    assert_eq!(names(&memory).len(), 2 * SLICE + 1);
    assert!(memory.sweep_slice(now + IDLE_TTL), "more than one slice");
    assert_eq!(names(&memory).len(), 2 * SLICE + 1 - FORGOTTEN_AT_ONCE);
    while memory.sweep_slice(now + IDLE_TTL) {}
    assert_eq!(names(&memory), ["c0", "main"]);
    drop(read);
    memory.sweep_slice(now + IDLE_TTL);
    assert_eq!(names(&memory), ["c0", "main"], "it was used until now");
    memory.sweep_slice(now + 2 * IDLE_TTL);
    assert_eq!(names(&memory), ["main"]);
}

#[test]
fn the_only_idle_channel_is_not_forgotten_while_it_is_used() {
    let (began, a) = (Instant::now(), ChannelName::parse("a").unwrap());
    let mut channels = channels::Channels::new(
        10,
        MessageId {
            epoch: 1,
            offset: 0,
        },
    );
    channels.create(&a);
    channels.next_id(&a, false, 0);
    assert!(channels.mark_idle(&a, began));
    channels.touch(&a, began + IDLE_TTL);
    assert_eq!(channels.unused_since(began + IDLE_TTL / 2), None);
    assert_eq!(channels.unused_since(began + IDLE_TTL), Some(&a));
}
