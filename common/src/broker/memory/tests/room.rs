//! Which channels make room, and what it costs to find none.

use super::*;

fn publish_as(memory: &Memory, holder: u64, name: &str) {
    memory
        .publish(Publication {
            holder,
            ..publication(name, None)
        })
        .unwrap();
}

#[test]
fn whoever_begins_many_channels_pushes_out_their_own() {
    const MOST: usize = 256;
    let (memory, hub) = (Memory::new(MOST), hub());
    memory.attach(&hub);
    publish_as(&memory, 0, "of-a-victim");
    // As many as a quarter each, several minutes long.
    for minute in 0..3 {
        for holder in 1..=8 {
            (0..64).for_each(|number| {
                publish_as(&memory, holder, &format!("c{minute}-{holder}-{number}"))
            });
        }
    }
    let names = names(&memory);
    assert_eq!(names.len(), MOST);
    assert!(names.contains(&"of-a-victim".to_owned()));
    for holder in 1..=8 {
        let of_holder = names
            .iter()
            .filter(|name| name.starts_with('c') && name.contains(&format!("-{holder}-")));
        let count = of_holder.count();
        assert!(
            (31..=33).contains(&count),
            "{holder} has {count}: all have about the same"
        );
    }
    assert!(
        names.contains(&"c2-8-63".to_owned()),
        "the one that was used last"
    );
}

#[test]
fn a_channel_stays_with_whoever_published_its_first_message() {
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
        "2 had two, and the first was not used for longest"
    );
}

#[test]
fn a_refusal_looks_at_a_few_channels_however_many_are_read() {
    const MOST: usize = 10 * SLICE;
    let (memory, hub) = (Memory::new(MOST + 1), hub());
    memory.attach(&hub);
    let all: Vec<_> = (0..MOST)
        .map(|number| channel(&format!("c{number}")))
        .collect();
    all.iter()
        .for_each(|channel| drop(publish(&memory, channel.as_str())));
    let leases: Vec<_> = all
        .iter()
        .map(|channel| memory.open(&hub, channel).unwrap())
        .collect();
    assert!(
        memory.state().channels.first_to_go().is_none(),
        "what is read is not among those that are looked at"
    );
    assert!(publish(&memory, "new").is_err());
    drop(leases);
    let leases: Vec<_> = all
        .iter()
        .map(|channel| memory.open(&hub, channel).unwrap())
        .collect();
    assert!(publish(&memory, "new").is_err());
    let mut left = 0;
    while memory.state().departures.take().is_some() {
        left += 1;
    }
    assert_eq!(
        left,
        MOST - SLICE,
        "the others wait for the next call, or for a sweep"
    );
    drop(leases);
    publish(&memory, "new").unwrap();
}
