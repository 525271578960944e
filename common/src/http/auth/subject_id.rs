//! Who holds a token, as a name that may leave the process: it scopes idempotency keys, also those that Redis remembers.
//!
//! The name is an HMAC-SHA-256 of the token's subject with the configured key. Every process and service with this key
//! computes the same name, before and after a restart. With a secret (HS256) nobody else can compute it, so the names in
//! Redis do not reveal subjects. With a public key it is a plain hash: that suffices, since it only has to keep holders
//! apart, and the issuer chooses the subjects.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use std::fmt;

/// Characters of base64url that are kept of a hash: 132 bits.
const LENGTH: usize = 22;

/// The name of whoever holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubjectId([u8; LENGTH]);

/// Names holders.
pub(super) struct SubjectIds(EncodingKey);

impl SubjectIds {
    /// For tokens that are checked with this key.
    pub(super) fn new(key: &DecodingKey) -> Self {
        Self(EncodingKey::from_secret(
            key.try_get_as_bytes().expect("keys come as bytes"),
        ))
    }

    /// Names the holder of a token that was checked. Without a subject the token itself is the holder, so a renewed one
    /// is another.
    pub(super) fn name(&self, subject: Option<&str>, token: &str) -> SubjectId {
        // No token has a space: this hash is the signature of none.
        let text = match subject {
            Some(subject) => format!("holder by subject {subject}"),
            None => format!("holder by token {token}"),
        };
        let hash =
            crypto::sign(text.as_bytes(), &self.0, Algorithm::HS256).expect("HMAC takes any key");
        SubjectId(*hash.as_bytes().first_chunk().expect("43 characters"))
    }
}

#[cfg(test)]
impl SubjectId {
    pub(super) const SOMEBODY: Self = Self([b'x'; LENGTH]);
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

    fn name(secret: &str, subject: Option<&str>, token: &str) -> String {
        SubjectIds::new(&DecodingKey::from_secret(secret.as_bytes()))
            .name(subject, token)
            .to_string()
    }

    #[test]
    fn a_name_depends_on_key_and_subject_alone() {
        // Pinned: another value would forget the keys of all publishers at an upgrade.
        assert_eq!(name("secret", Some("a"), "t"), "Jep8WqdwBLnKGkQKBfZgvp");
        assert_eq!(
            name("secret", Some("a"), "t"),
            name("secret", Some("a"), "u")
        );
        assert_ne!(
            name("secret", Some("a"), "t"),
            name("secret", Some("b"), "t")
        );
        assert_ne!(
            name("secret", Some("a"), "t"),
            name("other", Some("a"), "t")
        );
    }

    #[test]
    fn without_a_subject_the_token_is_the_holder() {
        assert_eq!(name("secret", None, "t"), name("secret", None, "t"));
        assert_ne!(name("secret", None, "t"), name("secret", None, "u"));
        assert_ne!(name("secret", None, "t"), name("secret", Some("t"), "t"));
    }
}
