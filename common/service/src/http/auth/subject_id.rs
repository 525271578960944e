//! An id of a token's subject that may leave the process: it scopes idempotency keys, also those in
//! Redis.
//!
//! The id is an HMAC-SHA-256 of the subject with the configured key. Every process and service with
//! this key computes the same id, before and after a restart. With a secret (HS256) only they can
//! compute it, so the ids in Redis do not reveal subjects. With a public key it is a plain hash,
//! which suffices: it only has to keep subjects apart, and the issuer chooses the subjects.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use std::fmt;

/// The length of an id, in characters of base64url: 132 bits.
const LENGTH: usize = 22;

/// The id of a token's subject, or of a token without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubjectId([u8; LENGTH]);

/// Computes subject ids.
pub(super) struct SubjectIds(EncodingKey);

impl SubjectIds {
    /// Creates the ids of tokens that are checked with this key.
    pub(super) fn new(key: &DecodingKey) -> Self {
        Self(EncodingKey::from_secret(
            key.try_get_as_bytes()
                .expect("a key is stored as bytes, of every kind"),
        ))
    }

    /// Returns the id of a valid token's subject. Without a subject it is that of the token, so a
    /// renewed one has another.
    pub(super) fn id(&self, subject: Option<&str>, token: &str) -> SubjectId {
        // Tokens have no spaces, so this hash is never the signature of a token.
        let text = match subject {
            Some(subject) => format!("holder by subject {subject}"),
            None => format!("holder by token {token}"),
        };
        let hash = crypto::sign(text.as_bytes(), &self.0, Algorithm::HS256)
            .expect("HMAC takes keys of any length");
        SubjectId(
            *hash
                .as_bytes()
                .first_chunk()
                .expect("256 bits are 43 characters of base64"),
        )
    }
}

#[cfg(test)]
impl SubjectId {
    pub(super) const EXAMPLE: Self = Self([b'x'; LENGTH]);
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(secret: &str, subject: Option<&str>, token: &str) -> String {
        SubjectIds::new(&DecodingKey::from_secret(secret.as_bytes()))
            .id(subject, token)
            .to_string()
    }

    #[test]
    fn an_id_depends_on_key_and_subject_only() {
        // Pinned: another value would lose all idempotency keys at an upgrade.
        assert_eq!(id("secret", Some("a"), "t"), "Jep8WqdwBLnKGkQKBfZgvp");
        assert_eq!(id("secret", Some("a"), "t"), id("secret", Some("a"), "u"));
        assert_ne!(id("secret", Some("a"), "t"), id("secret", Some("b"), "t"));
        assert_ne!(id("secret", Some("a"), "t"), id("other", Some("a"), "t"));
    }

    #[test]
    fn without_a_subject_the_token_is_identified() {
        assert_eq!(id("secret", None, "t"), id("secret", None, "t"));
        assert_ne!(id("secret", None, "t"), id("secret", None, "u"));
        assert_ne!(id("secret", None, "t"), id("secret", Some("t"), "t"));
    }
}
