//! Tokens for tests, and the flags of a service that requires them.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The secret of the services under test.
pub const SECRET: &str = "a secret of thirty-two bytes, or more";

/// The flags that make a service require tokens.
pub const FLAGS: [&str; 2] = ["--jwt-secret", SECRET];

/// Returns a token with these claims, signed with [`SECRET`].
///
/// # Panics
///
/// If the claims are not a JSON object.
pub fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::default(), claims, &key).expect("a token")
}

/// Returns a token that may publish and subscribe to these channels and expires in `seconds`.
pub fn token_for(publish: &[&str], subscribe: &[&str], seconds: f64) -> String {
    token(&json!({ "exp": now() + seconds, "publish": publish, "subscribe": subscribe }))
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time after 1970")
        .as_secs_f64()
}

/// Returns the header that carries a token.
pub(crate) fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}
