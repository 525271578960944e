//! Remembers valid tokens. Checking a public-key signature takes as long as a hundred polls or
//! publications, and most tokens are sent many times.

use super::Permissions;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

/// The most tokens in the cache.
const MAX_TOKENS: usize = 4096;
/// The longest token in the cache, in bytes.
const MAX_LENGTH: usize = 2048;

/// The permissions of valid tokens. Invalid ones are not cached, since any client can make any
/// number of them.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<HashMap<Box<str>, Arc<Permissions>>>);

impl TokenCache {
    /// Returns the permissions of a token, which may have expired.
    pub(super) fn get(&self, token: &str) -> Option<Arc<Permissions>> {
        self.0.lock().get(token).cloned()
    }

    pub(super) fn insert(&self, token: &str, permissions: &Arc<Permissions>) {
        if token.len() > MAX_LENGTH {
            return;
        }
        let mut cached = self.0.lock();
        if cached.len() >= MAX_TOKENS {
            make_room(&mut cached);
        }
        cached.insert(token.into(), permissions.clone());
    }
}

/// Removes expired tokens, or all if few have expired, so that the next scan is far away.
fn make_room(cached: &mut HashMap<Box<str>, Arc<Permissions>>) {
    cached.retain(|_, permissions| !permissions.expires_in().is_zero());
    if cached.len() > MAX_TOKENS / 2 {
        cached.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SubjectId, *};
    use serde_json::json;

    fn permissions(seconds: f64) -> Arc<Permissions> {
        let claims = serde_json::from_value(json!({ "exp": seconds })).unwrap();
        Permissions::new(claims, 0.0, SubjectId::EXAMPLE)
            .unwrap()
            .into()
    }

    #[test]
    fn a_token_is_found_by_its_exact_text() {
        let cache = TokenCache::default();
        cache.insert("a.b.c", &permissions(9.0));
        assert!(
            cache.get("a.b.c").is_some()
                && cache.get("a.b.C").is_none()
                && cache.get("a.b").is_none()
        );
        let long = "x".repeat(MAX_LENGTH + 1);
        cache.insert(&long, &permissions(9.0));
        assert!(cache.get(&long).is_none());
    }

    #[test]
    fn expired_tokens_make_room() {
        let cache = TokenCache::default();
        let valid = permissions(9.0);
        let expired = permissions(1e-9);
        (1..MAX_TOKENS).for_each(|number| cache.insert(&number.to_string(), &expired));
        cache.insert("first", &valid);
        cache.insert("second", &valid);
        assert_eq!(cache.0.lock().len(), 2);
        (0..2 * MAX_TOKENS).for_each(|number| cache.insert(&number.to_string(), &valid));
        assert!(cache.0.lock().len() <= MAX_TOKENS);
    }
}
