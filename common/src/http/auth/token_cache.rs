//! Tokens that were found good once. With a public key that takes as long as a hundred polls or publications do
//! otherwise, and most tokens come again and again.

use super::Permissions;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The most tokens remembered.
const MOST: usize = 4096;
/// The longest token remembered, in bytes; with the above this is what the memory is bounded by.
const LONGEST: usize = 2048;

/// What good tokens allow. Bad ones are not in here: anybody can make any number of them.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<HashMap<Box<str>, Arc<Permissions>>>);

impl TokenCache {
    /// What this token allows, or allowed until it expired.
    pub(super) fn grant(&self, token: &str) -> Option<Arc<Permissions>> {
        self.0
            .lock()
            .expect("no panic while looking")
            .get(token)
            .cloned()
    }

    pub(super) fn remember(&self, token: &str, grant: &Arc<Permissions>) {
        if token.len() > LONGEST {
            return;
        }
        let mut seen = self.0.lock().expect("no panic while looking");
        if seen.len() >= MOST {
            make_room(&mut seen);
        }
        seen.insert(token.into(), grant.clone());
    }
}

/// Forgets what has expired, and everything if that is not much: so looking through all is worth its time.
fn make_room(seen: &mut HashMap<Box<str>, Arc<Permissions>>) {
    seen.retain(|_, grant| !grant.left().is_zero());
    if seen.len() > MOST / 2 {
        seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SubjectId, *};
    use serde_json::json;

    fn grant(seconds: f64) -> Arc<Permissions> {
        let claims = serde_json::from_value(json!({ "exp": seconds })).unwrap();
        Permissions::new(claims, 0.0, SubjectId::SOMEBODY)
            .unwrap()
            .into()
    }

    #[test]
    fn what_was_seen_is_known_to_the_letter() {
        let seen = TokenCache::default();
        seen.remember("a.b.c", &grant(9.0));
        assert!(
            seen.grant("a.b.c").is_some()
                && seen.grant("a.b.C").is_none()
                && seen.grant("a.b").is_none()
        );
        let long = "x".repeat(LONGEST + 1);
        seen.remember(&long, &grant(9.0));
        assert!(seen.grant(&long).is_none());
    }

    #[test]
    fn the_expired_make_room() {
        let (seen, lasts, over) = (TokenCache::default(), grant(9.0), grant(1e-9));
        (1..MOST).for_each(|number| seen.remember(&number.to_string(), &over));
        seen.remember("lasts", &lasts);
        seen.remember("one more", &lasts);
        assert_eq!(seen.0.lock().unwrap().len(), 2);
        (0..2 * MOST).for_each(|number| seen.remember(&number.to_string(), &lasts));
        assert!(seen.0.lock().unwrap().len() <= MOST);
    }
}
