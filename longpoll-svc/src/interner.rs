//! Shares equal values behind one `Rc`.

use std::{collections::HashSet, hash::Hash, rc::Rc};

/// One of each value that is in use.
pub(crate) struct Interner<T> {
    values: HashSet<Rc<T>>,
    /// The number of values above which unused ones are dropped.
    sweep_above: usize,
}

/// With fewer values a sweep is not worth its time.
const FEW: usize = 64;

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: HashSet::new(),
            sweep_above: FEW,
        }
    }
}

impl<T: Eq + Hash> Interner<T> {
    /// Returns the shared value that equals `value`.
    pub(crate) fn intern(&mut self, value: T) -> Rc<T> {
        if let Some(same) = self.values.get(&value) {
            return same.clone();
        }
        if self.values.len() >= self.sweep_above {
            self.values.retain(|value| Rc::strong_count(value) > 1);
            self.sweep_above = (2 * self.values.len()).max(FEW);
        }
        let value = Rc::new(value);
        self.values.insert(value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_shared() {
        let mut shared = Interner::default();
        assert!(Rc::ptr_eq(
            &shared.intern("a".to_owned()),
            &shared.intern("a".to_owned())
        ));
    }

    #[test]
    fn unused_values_are_dropped() {
        let mut shared = Interner::default();
        let held: Vec<_> = (0..100).map(|number| shared.intern(number)).collect();
        (100..10_000).for_each(|number| drop(shared.intern(number)));
        assert!(shared.values.len() <= 2 * held.len());
        assert!(held.iter().all(|value| shared.values.contains(value)));
    }
}
