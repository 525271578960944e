//! The channels that are evicted, and the cost of finding none.

use super::*;

fn publish_as(memory: &Memory, account: u64, name: &str) {
    memory.publish(publication(name, None), account).unwrap();
}

#[test]
fn an_account_of_many_channels_loses_its_own() {
    const LIMIT: usize = 256;
    let (memory, hub) = (Memory::new(LIMIT), hub());
    memory.attach(&hub);
    publish_as(&memory, 0, "of-a-victim");
    // Each creates a quarter of the limit, three times.
    for minute in 0..3 {
        for account in 1..=8 {
            (0..64).for_each(|number| {
                publish_as(&memory, account, &format!("c{minute}-{account}-{number}"));
            });
        }
    }
    let names = names(&memory);
    assert_eq!(names.len(), LIMIT);
    assert!(names.contains(&"of-a-victim".to_owned()));
    for account in 1..=8 {
        let of_account = names
            .iter()
            .filter(|name| name.starts_with('c') && name.contains(&format!("-{account}-")));
        let count = of_account.count();
        assert!(
            (31..=33).contains(&count),
            "{account} has {count}, expected about the same for all"
        );
    }
    assert!(
        names.contains(&"c2-8-63".to_owned()),
        "the most recently used one"
    );
}

#[test]
fn a_channel_belongs_to_its_first_publisher() {
    let (memory, hub) = (Memory::new(4), hub());
    memory.attach(&hub);
    publish_as(&memory, 1, "oldest");
    publish_as(&memory, 2, "first");
    publish_as(&memory, 1, "first");
    publish_as(&memory, 2, "third");
    publish_as(&memory, 3, "fourth");
    assert_eq!(
        names(&memory),
        ["fourth", "main", "oldest", "third"],
        "account 2 had two, and the first was the least recently used"
    );
}

#[test]
fn the_cost_of_a_refusal_does_not_depend_on_the_leases() {
    const LIMIT: usize = 10 * SLICE;
    let (memory, hub) = (Memory::new(LIMIT + 1), hub());
    memory.attach(&hub);
    let all: Vec<_> = (0..LIMIT)
        .map(|number| channel(&format!("c{number}")))
        .collect();
    all.iter()
        .for_each(|channel| drop(publish(&memory, channel.as_str())));
    let leases: Vec<_> = all
        .iter()
        .map(|channel| memory.open(&hub, channel).unwrap())
        .collect();
    assert!(
        memory.state().channels.next_to_evict().is_none(),
        "leased channels are not idle"
    );
    assert!(publish(&memory, "new").is_err());
    drop(leases);
    let leases: Vec<_> = all
        .iter()
        .map(|channel| memory.open(&hub, channel).unwrap())
        .collect();
    assert!(publish(&memory, "new").is_err());
    assert_eq!(
        memory.state().hubs.take_released(usize::MAX).len(),
        LIMIT - SLICE,
        "the others wait for the next call, or for a sweep"
    );
    drop(leases);
    publish(&memory, "new").unwrap();
}
