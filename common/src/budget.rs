//! The memory budget: how many bytes clients may make a process hold beside its histories.
//!
//! It counts bodies and messages that are not complete, and responses that a slow subscriber has
//! not taken. Small amounts are not counted: each connection has [`FREE_PER_CONNECTION`], which the
//! sum of the settings contains. Beyond that an address may hold at most as much as is left for all
//! others, so none can take everything.

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use std::{collections::HashMap, net::IpAddr, sync::Arc};
use thiserror::Error;

/// What a connection may hold without a share of the budget, in bytes.
pub const FREE_PER_CONNECTION: usize = 8 * 1024;
/// How many copies of a body exist at most, from the socket to the broker.
pub const COPIES: usize = 3;

/// The memory budget of one process. Cloning copies a reference.
#[derive(Clone)]
pub struct MemoryBudget(Arc<Shared>);

struct Shared {
    limit: usize,
    held: Mutex<Held>,
}

/// The bytes that are held.
#[derive(Default)]
struct Held {
    total: usize,
    /// The holder `None` is the process itself, with what it encodes for many subscribers.
    by_holder: HashMap<Option<IpAddr>, usize>,
}

/// A share of a budget, in bytes. Dropping it returns them.
pub struct BudgetShare {
    budget: MemoryBudget,
    holder: Option<IpAddr>,
    bytes: usize,
}

/// The budget, or the holder's part of it, is used up.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the memory budget is exhausted")]
pub struct BudgetExhausted;

impl MemoryBudget {
    /// Creates a budget of this number of bytes.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared {
            limit,
            held: Mutex::default(),
        }))
    }

    /// Returns an empty share for this address; `None` stands for the process itself.
    pub fn share(&self, holder: Option<IpAddr>) -> BudgetShare {
        BudgetShare {
            budget: self.clone(),
            holder,
            bytes: 0,
        }
    }

    /// Returns how many bytes are held.
    pub fn held(&self) -> usize {
        self.lock().total
    }

    /// Returns the same bytes, which count as held until the last reference to them is dropped.
    ///
    /// # Errors
    ///
    /// If the client, or all together, would hold more than their limit.
    pub(crate) fn charge(&self, bytes: &Bytes) -> Result<Bytes, BudgetExhausted> {
        let mut share = self.share(None);
        share.grow_to(bytes.len())?;
        Ok(share.attach_to(bytes.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock()
    }
}

impl Held {
    fn of(&self, holder: Option<IpAddr>) -> usize {
        self.by_holder.get(&holder).copied().unwrap_or(0)
    }

    fn remove(&mut self, holder: Option<IpAddr>, bytes: usize) {
        self.total -= bytes;
        let left = self.of(holder) - bytes;
        if left == 0 {
            self.by_holder.remove(&holder);
        } else {
            self.by_holder.insert(holder, left);
        }
    }
}

impl BudgetShare {
    /// Makes this share at least as large as `bytes`.
    ///
    /// # Errors
    ///
    /// Returns an error if the holder would then have more than is left of the budget for others.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let more = bytes - self.bytes;
        let mut held = self.budget.lock();
        let left_for_others = self
            .budget
            .0
            .limit
            .saturating_sub(held.total)
            .saturating_sub(more);
        let of_holder = held.of(self.holder) + more;
        if of_holder > left_for_others {
            return Err(BudgetExhausted);
        }
        held.total += more;
        held.by_holder.insert(self.holder, of_holder);
        drop(held);
        self.bytes = bytes;
        Ok(())
    }

    /// Makes this share large enough for all copies of `bytes` of a body or message, which has at
    /// most `max` bytes.
    ///
    /// What every connection may hold costs nothing. Above that the share doubles, so a body in
    /// small pieces seldom takes the lock.
    ///
    /// # Errors
    ///
    /// Returns an error where [`grow_to`](Self::grow_to) does.
    pub fn cover(&mut self, bytes: usize, max: usize) -> Result<(), BudgetExhausted> {
        if bytes <= FREE_PER_CONNECTION || bytes * COPIES <= self.bytes {
            return Ok(());
        }
        self.grow_to(COPIES * bytes.next_power_of_two().min(max.max(bytes)))
    }

    /// Returns the same bytes, with which this share is returned.
    pub fn attach_to(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(ChargedBytes {
            bytes,
            _share: self,
        })
    }

    /// Returns all bytes to the budget.
    pub fn clear(&mut self) {
        if self.bytes > 0 {
            self.budget.lock().remove(self.holder, self.bytes);
            self.bytes = 0;
        }
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Bytes and their share of the budget.
struct ChargedBytes {
    bytes: Bytes,
    _share: BudgetShare,
}

impl AsRef<[u8]> for ChargedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
