//! The idempotency keys of the last five minutes.
//!
//! Neither keys nor bodies are stored, only keyed hashes of them: an entry has the same size whatever a client sends, and
//! nobody can look for two keys, or two bodies, of one hash.

use super::{BrokerError, PublishAck};
use crate::message::ChannelName;
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// How long a repeated key gets the first result.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// The most keys remembered, and the most of one holder: 166 a second for as long as keys are kept. More are refused, since a
/// key that is forgotten early is a promise broken.
const MOST: usize = 200_000;
const MOST_OF_ONE: usize = 50_000;

/// What they take at most, in bytes. The tables double when they are full, and for a moment the old one is there too.
pub(crate) const MOST_MEMORY: usize = PLACES * PLACE * 3 / 2;
const PLACES: usize = (MOST * 8 / 7).next_power_of_two();
const PLACE: usize =
    size_of::<Entry>() + size_of::<([u64; 2], u64)>() + size_of::<(u64, Account)>() + 2;

/// A publication that has a key.
#[derive(Clone, Copy)]
pub(super) struct Keyed {
    /// The channel and the key.
    name: [u64; 2],
    body: u64,
}

#[derive(Default)]
pub(super) struct IdempotencyKeys {
    secrets: [RandomState; 2],
    /// How many entries were made before the one of this name.
    numbers: HashMap<[u64; 2], u64>,
    /// From the oldest on.
    entries: VecDeque<Entry>,
    /// How many entries were forgotten.
    forgotten: u64,
    /// Of the holders that have any.
    accounts: HashMap<u64, Account>,
}

struct Account {
    keys: usize,
    /// Its oldest key is at least this young.
    since: Instant,
}

struct Entry {
    keyed: Keyed,
    holder: u64,
    result: PublishAck,
    since: Instant,
}

impl IdempotencyKeys {
    pub(super) fn keyed(&self, channel: &ChannelName, key: &str, body: &str) -> Keyed {
        let [first, second] = &self.secrets;
        let name = (channel, key);
        Keyed {
            name: [first.hash_one(name), second.hash_one(name)],
            body: first.hash_one(body),
        }
    }

    /// The result that the same publication had; an error if its key was used with another body.
    pub(super) fn find(
        &mut self,
        Keyed { name, body }: Keyed,
        now: Instant,
    ) -> Result<Option<PublishAck>, BrokerError> {
        self.forget(now);
        let number = self
            .numbers
            .get(&name)
            .and_then(|number| usize::try_from(number - self.forgotten).ok());
        match number.and_then(|number| self.entries.get(number)) {
            Some(entry) if entry.keyed.body != body => Err(BrokerError::KeyReused),
            entry => Ok(entry.map(|entry| entry.result)),
        }
    }

    /// Whether there is room for one more key of this holder; to be asked before its message is published.
    pub(super) fn admit(&self, holder: u64, now: Instant) -> Result<(), BrokerError> {
        // At most what is left for all others, so that a few holders do not take everything.
        let most = MOST_OF_ONE.min(MOST - self.entries.len());
        let of_one = self
            .accounts
            .get(&holder)
            .filter(|account| account.keys >= most);
        let of_all = self.entries.front().filter(|_| self.entries.len() >= MOST);
        let since = of_one
            .map(|account| account.since)
            .or(of_all.map(|oldest| oldest.since));
        since.map_or(Ok(()), |since| {
            let wait = KEPT.saturating_sub(now.saturating_duration_since(since));
            Err(BrokerError::TooManyKeys {
                seconds: u32::try_from(wait.as_secs())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1),
            })
        })
    }

    /// Remembers the result of a key that has none and was admitted.
    pub(super) fn remember(&mut self, keyed: Keyed, holder: u64, result: PublishAck, now: Instant) {
        self.numbers
            .insert(keyed.name, self.forgotten + self.entries.len() as u64);
        self.entries.push_back(Entry {
            keyed,
            holder,
            result,
            since: now,
        });
        self.accounts
            .entry(holder)
            .or_insert(Account {
                keys: 0,
                since: now,
            })
            .keys += 1;
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |entry: &Entry| now.saturating_duration_since(entry.since) >= KEPT;
        while self.entries.front().is_some_and(is_old) {
            let Some(Entry {
                keyed,
                holder,
                since,
                ..
            }) = self.entries.pop_front()
            else {
                return;
            };
            self.numbers.remove(&keyed.name);
            self.forgotten += 1;
            let Some(account) = self.accounts.get_mut(&holder) else {
                continue;
            };
            (account.keys, account.since) = (account.keys - 1, since);
            if account.keys == 0 {
                self.accounts.remove(&holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageId;

    fn result(offset: u64) -> PublishAck {
        PublishAck {
            id: MessageId { epoch: 1, offset },
            time: 0,
        }
    }

    fn keyed(keys: &IdempotencyKeys, key: &str, body: &str) -> Keyed {
        keys.keyed(&ChannelName::main(), key, body)
    }

    #[test]
    fn keys_are_kept_for_five_minutes() {
        let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
        let keyed = keyed(&keys, "k", "1");
        keys.remember(keyed, 1, result(1), began);
        assert_eq!(
            keys.find(keyed, began + KEPT - Duration::from_millis(1)),
            Ok(Some(result(1)))
        );
        assert_eq!(keys.find(keyed, began + KEPT), Ok(None));
        assert!(keys.numbers.is_empty() && keys.accounts.is_empty());
    }

    #[test]
    fn a_key_belongs_to_one_channel_and_one_body() {
        let (mut keys, now) = (IdempotencyKeys::default(), Instant::now());
        let first = keyed(&keys, "k", "1");
        keys.remember(first, 1, result(1), now);
        let other_body = keyed(&keys, "k", "1 ");
        assert_eq!(keys.find(other_body, now), Err(BrokerError::KeyReused));
        let other_channel = keys.keyed(&ChannelName::parse("c").unwrap(), "k", "2");
        assert_eq!(keys.find(other_channel, now), Ok(None));
        assert_eq!(keys.find(keyed(&keys, "l", "2"), now), Ok(None));
    }

    #[test]
    fn each_key_has_its_own_result_also_after_others_were_forgotten() {
        let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
        let at = |second: u64| began + Duration::from_secs(second);
        let all: Vec<_> = (0..10)
            .map(|number| keyed(&keys, &number.to_string(), "1"))
            .collect();
        (0..)
            .zip(&all)
            .for_each(|(number, keyed)| keys.remember(*keyed, 1, result(number), at(number)));
        let later = at(4) + KEPT;
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
    fn whoever_has_too_many_is_refused_and_nobodys_are_forgotten() {
        let (mut keys, began) = (IdempotencyKeys::default(), Instant::now());
        let publish = |keys: &mut IdempotencyKeys, holder: u64, number: usize, now: Instant| {
            let keyed = keyed(keys, &format!("{holder} {number}"), "1");
            assert_eq!(keys.find(keyed, now), Ok(None));
            keys.admit(holder, now)
                .map(|()| keys.remember(keyed, holder, result(1), now))
        };
        let refused = |seconds| Err(BrokerError::TooManyKeys { seconds });
        for (holder, most) in [
            (0, MOST_OF_ONE),
            (1, MOST_OF_ONE),
            (2, MOST_OF_ONE),
            (3, MOST_OF_ONE / 2),
        ] {
            (0..most).for_each(|number| publish(&mut keys, holder, number, began).unwrap());
            assert_eq!(
                publish(&mut keys, holder, most, began + Duration::from_secs(60)),
                refused(241)
            );
        }
        assert_eq!(keys.admit(4, began), Ok(()), "what they left is for others");
        let first = keyed(&keys, "0 0", "1");
        assert_eq!(
            keys.find(first, began + KEPT - Duration::from_secs(1)),
            Ok(Some(result(1)))
        );
        assert_eq!(publish(&mut keys, 4, 0, began + KEPT), Ok(()));
        assert_eq!((keys.entries.len(), keys.accounts.len()), (1, 1));
    }

    #[test]
    fn what_they_take_is_what_is_said() {
        let (mut keys, now) = (IdempotencyKeys::default(), Instant::now());
        // Each of a holder of its own: that is the most.
        for number in 0..MOST as u64 {
            let keyed = Keyed {
                name: [number; 2],
                body: 0,
            };
            keys.remember(keyed, number, result(1), now);
        }
        let tables = keys.numbers.capacity() * 8 / 7 * (size_of::<([u64; 2], u64)>() + 1)
            + keys.accounts.capacity() * 8 / 7 * (size_of::<(u64, Account)>() + 1);
        let taken = tables + keys.entries.capacity() * size_of::<Entry>();
        assert!(
            taken <= MOST_MEMORY * 2 / 3,
            "{taken} of {MOST_MEMORY} bytes, of which a third is for growing"
        );
    }
}
