//! Where the lab's own services keep their messages in a Redis that others may use too.

use crate::client::backoff::random_bits;

/// A Redis, and the beginning of the names of all keys and topics of one user there. No two users have the same, and
/// none has the names of a deployment: what the lab starts runs without tokens, and must neither read nor write
/// channels that need some.
#[derive(Clone, Debug)]
pub(crate) struct Keyspace {
    /// The address of the Redis; it may hold a password.
    pub(crate) url: String,
    /// The value of `--broker-prefix`.
    pub(crate) prefix: String,
}

impl Keyspace {
    /// New names in this Redis.
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            prefix: format!("trilane-lab:{:016x}:", random_bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_users_of_a_redis_share_names() {
        let prefixes = [(); 2].map(|()| Keyspace::new("redis://localhost".to_owned()).prefix);
        assert_ne!(prefixes[0], prefixes[1]);
        assert!(
            prefixes
                .iter()
                .all(|prefix| prefix.starts_with("trilane-lab:")),
            "{prefixes:?}"
        );
    }
}
