//! Tests of idempotency keys.

use super::*;
use common::message::{EventName, MessageId};

fn result(offset: u64) -> PublishAck {
    PublishAck {
        id: MessageId { epoch: 1, offset },
        time: 0,
    }
}

fn keyed(keys: &IdempotencyKeys, key: &str, body: &str) -> KeyedPublication {
    keys.keyed(&ChannelName::main(), key, (&Attributes::default(), body))
}

#[test]
fn keys_are_kept_for_five_minutes() {
    let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
    let keyed = keyed(&keys, "k", "1");
    keys.remember(keyed, 1, result(1), began);
    assert_eq!(
        keys.find(keyed, began + TTL - Duration::from_millis(1)),
        Ok(Some(result(1)))
    );
    assert_eq!(keys.find(keyed, began + TTL), Ok(None));
    assert!(keys.numbers.is_empty() && keys.accounts.is_empty());
}

#[test]
fn a_key_is_for_one_channel_and_one_body() {
    let (mut keys, now) = (IdempotencyKeys::default(), Instant::now());
    let first = keyed(&keys, "k", "1");
    keys.remember(first, 1, result(1), now);
    let other_body = keyed(&keys, "k", "1 ");
    assert_eq!(keys.find(other_body, now), Err(BrokerError::KeyReused));
    let event = Some(EventName::parse("price").unwrap());
    let event = keys.keyed(
        &ChannelName::main(),
        "k",
        (&Attributes { event, end: false }, "1"),
    );
    assert_eq!(keys.find(event, now), Err(BrokerError::KeyReused));
    let content = (&Attributes::default(), "2");
    let other_channel = keys.keyed(&ChannelName::parse("c").unwrap(), "k", content);
    assert_eq!(keys.find(other_channel, now), Ok(None));
    assert_eq!(keys.find(keyed(&keys, "l", "2"), now), Ok(None));
}

#[test]
fn a_key_has_its_result_after_others_were_forgotten() {
    let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
    let at = |second: u64| began + Duration::from_secs(second);
    let all: Vec<_> = (0..10)
        .map(|number| keyed(&keys, &number.to_string(), "1"))
        .collect();
    (0..)
        .zip(&all)
        .for_each(|(number, keyed)| keys.remember(*keyed, 1, result(number), at(number)));
    let later = at(4) + TTL;
    let found: Vec<_> = all
        .iter()
        .map(|keyed| keys.find(*keyed, later).unwrap())
        .collect();
    let expected: Vec<_> = (0..10)
        .map(|number| (number > 4).then(|| result(number)))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn too_many_keys_are_refused_and_none_is_forgotten() {
    let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
    let publish = |keys: &mut IdempotencyKeys, account: u64, number: usize, now: Instant| {
        let keyed = keyed(keys, &format!("{account} {number}"), "1");
        assert_eq!(keys.find(keyed, now), Ok(None));
        keys.admit(account, now)
            .map(|()| keys.remember(keyed, account, result(1), now))
    };
    let refused = |seconds| Err(BrokerError::TooManyKeys { seconds });
    for (account, most) in [
        (0, MAX_KEYS_OF_ACCOUNT),
        (1, MAX_KEYS_OF_ACCOUNT),
        (2, MAX_KEYS_OF_ACCOUNT),
        (3, MAX_KEYS_OF_ACCOUNT / 2),
    ] {
        (0..most).for_each(|number| publish(&mut keys, account, number, began).unwrap());
        assert_eq!(
            publish(&mut keys, account, most, began + Duration::from_secs(60)),
            refused(241)
        );
    }
    assert_eq!(keys.admit(4, began), Ok(()), "the rest is for others");
    let first = keyed(&keys, "0 0", "1");
    assert_eq!(
        keys.find(first, began + TTL - Duration::from_secs(1)),
        Ok(Some(result(1)))
    );
    assert_eq!(publish(&mut keys, 4, 0, began + TTL), Ok(()));
    assert_eq!((keys.entries.len(), keys.accounts.len()), (1, 1));
}

#[test]
fn the_tables_take_at_most_the_stated_memory() {
    let (mut keys, now) = (IdempotencyKeys::default(), Instant::now());
    // Keys take the most memory if each has an account of its own.
    for number in 0..MAX_KEYS as u64 {
        let keyed = KeyedPublication {
            name: [number; 2],
            content: 0,
        };
        keys.remember(keyed, number, result(1), now);
    }
    let tables = keys.numbers.capacity() * 8 / 7 * (size_of::<([u64; 2], u64)>() + 1)
        + keys.accounts.capacity() * 8 / 7 * (size_of::<(u64, Account)>() + 1);
    let taken = tables + keys.entries.capacity() * size_of::<Entry>();
    assert!(
        taken <= MAX_MEMORY * 2 / 3,
        "{taken} of {MAX_MEMORY} bytes, of which a third is for growing"
    );
}
