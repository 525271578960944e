//! One budget, in bytes, for what clients make a process hold beside its history: bodies and messages that are not
//! complete, and responses that a slow reader has not taken.
//!
//! Small amounts are not counted here: each connection has [`FREE_PER_CONNECTION`] bytes, which the settings' memory sum adds up. Beyond
//! that a holder may have as much as is left for all others, so no address can take everything.

use bytes::Bytes;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

/// What a connection may hold without asking, in bytes.
pub const FREE_PER_CONNECTION: usize = 8 * 1024;
/// How often a byte of a body exists at most, from the socket to the broker.
pub(crate) const COPIES: usize = 3;

/// The budget of one process. Cloning copies a reference.
#[derive(Clone)]
pub struct MemoryBudget(Arc<Shared>);

struct Shared {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    /// None is the process itself: what it encodes for many readers.
    by_holder: HashMap<Option<IpAddr>, usize>,
}

/// Bytes of a budget; they go back when this is dropped.
pub struct BudgetShare {
    budget: MemoryBudget,
    holder: Option<IpAddr>,
    bytes: usize,
}

/// The budget is used up, or the holder's part of it.
#[derive(Debug, PartialEq, Eq)]
pub struct BudgetExhausted;

impl MemoryBudget {
    /// A budget of so many bytes.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared {
            limit,
            held: Mutex::default(),
        }))
    }

    /// An empty share for this holder; none stands for the process itself.
    pub fn share(&self, holder: Option<IpAddr>) -> BudgetShare {
        BudgetShare {
            budget: self.clone(),
            holder,
            bytes: 0,
        }
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.held_now().all
    }

    /// The same bytes, which count as held until the last reference to them is dropped.
    pub(crate) fn charge(&self, bytes: &Bytes) -> Result<Bytes, BudgetExhausted> {
        let mut share = self.share(None);
        share.grow_to(bytes.len())?;
        Ok(Bytes::from_owner(Charged {
            bytes: bytes.clone(),
            _share: share,
        }))
    }

    fn held_now(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().expect("no panic while counting")
    }
}

impl BudgetShare {
    /// Makes this share as large as `bytes`, unless it is that large already. A holder may have at most what is left of
    /// the budget afterwards.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else {
            return Ok(());
        };
        let mut held = self.budget.held_now();
        let before = held.by_holder.get(&self.holder).copied().unwrap_or(0);
        let left = self
            .budget
            .0
            .limit
            .saturating_sub(held.all)
            .saturating_sub(more);
        if before + more > left {
            return Err(BudgetExhausted);
        }
        held.all += more;
        held.by_holder.insert(self.holder, before + more);
        self.bytes = bytes;
        Ok(())
    }

    /// The same for `bytes` of a body or message, of which each exists several times before it is published. What every
    /// connection may hold costs nothing; above that the share doubles, so that a body in small pieces seldom asks.
    pub fn cover(&mut self, bytes: usize, most: usize) -> Result<(), BudgetExhausted> {
        if bytes <= FREE_PER_CONNECTION || bytes * COPIES <= self.bytes {
            return Ok(());
        }
        self.grow_to(COPIES * bytes.next_power_of_two().min(most.max(bytes)))
    }

    /// Gives all of it back.
    pub fn clear(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.budget.held_now();
        held.all -= self.bytes;
        let left = held
            .by_holder
            .get(&self.holder)
            .map_or(0, |all| all - self.bytes);
        match left {
            0 => held.by_holder.remove(&self.holder),
            left => held.by_holder.insert(self.holder, left),
        };
        self.bytes = 0;
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        self.clear();
    }
}

struct Charged {
    bytes: Bytes,
    _share: BudgetShare,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([127, 0, 0, last]))
    }

    #[test]
    fn a_holder_has_at_most_what_is_left_for_others() {
        let budget = MemoryBudget::new(100);
        let [mut first, mut second] = [budget.share(address(1)), budget.share(address(1))];
        assert_eq!(
            (first.grow_to(30), second.grow_to(20), second.grow_to(21)),
            (Ok(()), Ok(()), Err(BudgetExhausted))
        );
        let mut other = budget.share(address(2));
        assert_eq!(
            (other.grow_to(25), other.grow_to(26)),
            (Ok(()), Err(BudgetExhausted))
        );
        assert_eq!(budget.held(), 75);
    }

    #[test]
    fn what_is_dropped_can_be_held_again() {
        let budget = MemoryBudget::new(100);
        let mut share = budget.share(None);
        share.grow_to(50).unwrap();
        assert_eq!(budget.share(None).grow_to(1), Err(BudgetExhausted));
        drop(share);
        assert_eq!((budget.held(), budget.share(None).grow_to(50)), (0, Ok(())));
        assert!(budget.held_now().by_holder.is_empty());
    }

    #[test]
    fn little_is_free_and_the_rest_is_counted_with_its_copies() {
        let budget = MemoryBudget::new(1 << 20);
        let mut share = budget.share(None);
        share.cover(FREE_PER_CONNECTION, 20_000).unwrap();
        assert_eq!(budget.held(), 0);
        for (bytes, held) in [
            (FREE_PER_CONNECTION + 1, 16_384),
            (16_384, 16_384),
            (17_000, 20_000),
            (20_000, 20_000),
        ] {
            share.cover(bytes, 20_000).unwrap();
            assert_eq!(budget.held(), COPIES * held);
        }
    }

    #[test]
    fn charged_bytes_are_held_as_long_as_any_part_of_them() {
        let budget = MemoryBudget::new(100);
        let charged = budget.charge(&Bytes::from_static(b"0123456789")).unwrap();
        let part = charged.slice(3..5);
        drop(charged);
        assert_eq!((budget.held(), &part[..]), (10, &b"34"[..]));
        drop(part);
        assert_eq!(budget.held(), 0);
    }
}
