//! Values that many hold and few differ.

use std::{collections::HashSet, hash::Hash, rc::Rc};

/// One of each value that somebody holds.
pub(crate) struct Interner<T> {
    values: HashSet<Rc<T>>,
    /// How many there may be before those that nobody holds are forgotten.
    most: usize,
}

/// What is not worth looking through.
const FEW: usize = 64;

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: HashSet::new(),
            most: FEW,
        }
    }
}

impl<T: Eq + Hash> Interner<T> {
    /// The one like this.
    pub(crate) fn find(&mut self, value: T) -> Rc<T> {
        if let Some(same) = self.values.get(&value) {
            return same.clone();
        }
        if self.values.len() >= self.most {
            self.values.retain(|value| Rc::strong_count(value) > 1);
            self.most = (2 * self.values.len()).max(FEW);
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
    fn equal_values_are_one() {
        let mut shared = Interner::default();
        assert!(Rc::ptr_eq(
            &shared.find("a".to_owned()),
            &shared.find("a".to_owned())
        ));
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let mut shared = Interner::default();
        let held: Vec<_> = (0..100).map(|number| shared.find(number)).collect();
        (100..10_000).for_each(|number| drop(shared.find(number)));
        assert!(shared.values.len() <= 2 * held.len());
        assert!(held.iter().all(|value| shared.values.contains(value)));
    }
}
