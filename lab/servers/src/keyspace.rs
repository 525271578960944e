//! The keys of the lab's own services in a Redis that others may use as well.

use client::backoff::random_bits;

/// A Redis and a unique prefix of keys in it. It differs from that of every deployment: the lab's
/// services run without tokens, and must not access channels that require them.
#[derive(Clone, Debug)]
pub struct Keyspace {
    /// The URL of the Redis, which may contain a password.
    pub url: String,
    /// The value of `--broker-prefix`.
    pub prefix: String,
}

impl Keyspace {
    /// Creates a new prefix in this Redis.
    pub fn new(url: String) -> Self {
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
