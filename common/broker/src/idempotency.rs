//! The idempotency keys of the last five minutes.
//!
//! Only keyed hashes of keys and contents are stored: an entry has the same size whatever a client
//! sends, and no client can search for collisions.

use super::{BrokerError, PublishAck};
use common::message::{Attributes, ChannelName};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// How long a repeated key gets the first result.
const TTL: Duration = Duration::from_secs(5 * 60);
/// The most keys. More are refused, since forgetting one early would break its promise.
const MAX_KEYS: usize = 200_000;
/// The most keys of one account: 166 a second.
const MAX_KEYS_OF_ACCOUNT: usize = 50_000;

/// The most memory of the tables, in bytes. A full table doubles, and for a moment the old one
/// exists too.
pub(crate) const MAX_MEMORY: usize = SLOTS * SLOT_BYTES * 3 / 2;
const SLOTS: usize = (MAX_KEYS * 8 / 7).next_power_of_two();
const SLOT_BYTES: usize =
    size_of::<Entry>() + size_of::<([u64; 2], u64)>() + size_of::<(u64, Account)>() + 2;

/// The hashes of a publication with a key.
#[derive(Clone, Copy)]
pub(super) struct KeyedPublication {
    /// Two hashes of the channel and the key.
    name: [u64; 2],
    /// The hash of the attributes and the body.
    content: u64,
}

#[derive(Default)]
pub(super) struct IdempotencyKeys {
    secrets: [RandomState; 2],
    /// The number of each entry, counted from the first one ever.
    numbers: HashMap<[u64; 2], u64>,
    /// The entries, oldest first.
    entries: VecDeque<Entry>,
    /// The number of entries that were forgotten.
    forgotten: u64,
    /// The accounts that have keys.
    accounts: HashMap<u64, Account>,
}

struct Account {
    keys: usize,
    /// When its oldest key was used, or earlier.
    since: Instant,
}

struct Entry {
    keyed: KeyedPublication,
    account: u64,
    result: PublishAck,
    since: Instant,
}

impl IdempotencyKeys {
    pub(super) fn keyed(
        &self,
        channel: &ChannelName,
        key: &str,
        content: (&Attributes, &str),
    ) -> KeyedPublication {
        let [first, second] = &self.secrets;
        let name = (channel, key);
        KeyedPublication {
            name: [first.hash_one(name), second.hash_one(name)],
            content: first.hash_one(content),
        }
    }

    /// Returns the result of the same publication before, if there was one.
    ///
    /// # Errors
    ///
    /// If the key was used with another body or other attributes.
    pub(super) fn find(
        &mut self,
        KeyedPublication { name, content }: KeyedPublication,
        now: Instant,
    ) -> Result<Option<PublishAck>, BrokerError> {
        self.forget(now);
        let number = self
            .numbers
            .get(&name)
            .and_then(|number| usize::try_from(number - self.forgotten).ok());
        match number.and_then(|number| self.entries.get(number)) {
            Some(entry) if entry.keyed.content != content => Err(BrokerError::KeyReused),
            entry => Ok(entry.map(|entry| entry.result)),
        }
    }

    /// Checks that there is room for a key of this account, before its message is published.
    ///
    /// # Errors
    ///
    /// If the account, or all accounts together, have as many keys as are remembered.
    pub(super) fn admit(&self, account: u64, now: Instant) -> Result<(), BrokerError> {
        let Some(since) = self.full_since(account) else {
            return Ok(());
        };
        let wait = TTL.saturating_sub(now.saturating_duration_since(since));
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        Err(BrokerError::TooManyKeys {
            seconds: seconds.saturating_add(1),
        })
    }

    /// Returns when the key was used that has to expire before this account gets another one.
    /// Returns `None` if there is room.
    fn full_since(&self, account: u64) -> Option<Instant> {
        // At most what is left for all others, so that a few accounts do not take everything.
        let limit = MAX_KEYS_OF_ACCOUNT.min(MAX_KEYS - self.entries.len());
        match self.accounts.get(&account) {
            Some(usage) if usage.keys >= limit => Some(usage.since),
            _ if self.entries.len() >= MAX_KEYS => Some(self.entries.front()?.since),
            _ => None,
        }
    }

    /// Remembers the result of a new key that was admitted.
    pub(super) fn remember(
        &mut self,
        keyed: KeyedPublication,
        account: u64,
        result: PublishAck,
        now: Instant,
    ) {
        self.numbers
            .insert(keyed.name, self.forgotten + self.entries.len() as u64);
        self.entries.push_back(Entry {
            keyed,
            account,
            result,
            since: now,
        });
        self.accounts
            .entry(account)
            .or_insert(Account {
                keys: 0,
                since: now,
            })
            .keys += 1;
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |entry: &Entry| now.saturating_duration_since(entry.since) >= TTL;
        while self.entries.front().is_some_and(is_old) {
            let Some(Entry {
                keyed,
                account,
                since,
                ..
            }) = self.entries.pop_front()
            else {
                return;
            };
            self.numbers.remove(&keyed.name);
            self.forgotten += 1;
            let Some(usage) = self.accounts.get_mut(&account) else {
                continue;
            };
            usage.keys -= 1;
            usage.since = since;
            if usage.keys == 0 {
                self.accounts.remove(&account);
            }
        }
    }
}

#[cfg(test)]
mod tests;
