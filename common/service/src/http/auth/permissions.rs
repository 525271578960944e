//! What a token allows, and until when.

use super::SubjectId;
use common::message::ChannelName;
use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// The longest validity, which avoids overflows of the clock.
const MAX_VALIDITY: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The claims of a token that define its permissions.
#[derive(Deserialize)]
pub(super) struct Claims {
    /// In seconds since 1970, possibly with a fraction.
    exp: f64,
    pub(super) sub: Option<String>,
    #[serde(default)]
    publish: Vec<Pattern>,
    #[serde(default)]
    subscribe: Vec<Pattern>,
}

/// What a token allows, and until when.
#[derive(Debug)]
pub(crate) struct Permissions {
    publish: Vec<Pattern>,
    subscribe: Vec<Pattern>,
    /// On the wall clock, since the monotonic clock stops while the machine is suspended.
    expires_at: SystemTime,
    pub(in crate::http) subject: SubjectId,
}

/// A channel name, or a prefix of channel names.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
enum Pattern {
    Name(String),
    Prefix(String),
}

impl Permissions {
    /// Returns what these claims allow at `now`, in seconds since 1970. Returns `None` if the token
    /// has expired.
    pub(super) fn new(claims: Claims, now: f64, subject: SubjectId) -> Option<Self> {
        let Claims {
            exp,
            publish,
            subscribe,
            ..
        } = claims;
        let seconds = (exp - now).min(MAX_VALIDITY.as_secs_f64());
        let validity = Duration::try_from_secs_f64(seconds).ok()?;
        if validity.is_zero() {
            return None;
        }
        Some(Self {
            publish,
            subscribe,
            expires_at: SystemTime::now() + validity,
            subject,
        })
    }

    pub(in crate::http) fn allow_publishing(&self, channel: &ChannelName) -> bool {
        self.publish.iter().any(|pattern| pattern.matches(channel))
    }

    pub(in crate::http) fn allow_subscribing(&self, channel: &ChannelName) -> bool {
        self.subscribe
            .iter()
            .any(|pattern| pattern.matches(channel))
    }

    /// Returns how long the token is still valid: zero if it has expired.
    pub(in crate::http) fn expires_in(&self) -> Duration {
        self.expires_at
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }
}

impl Pattern {
    fn matches(&self, channel: &ChannelName) -> bool {
        match self {
            Self::Name(name) => channel.as_str() == name,
            Self::Prefix(prefix) => channel.as_str().starts_with(prefix.as_str()),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_name = |text: &str| ChannelName::parse(text).is_ok();
        match text.strip_suffix('*') {
            // Every non-empty prefix of a channel name is a channel name.
            Some(prefix) if prefix.is_empty() || is_name(prefix) => {
                Ok(Self::Prefix(prefix.to_owned()))
            }
            None if is_name(&text) => Ok(Self::Name(text)),
            _ => Err("expected a channel name, or a prefix of one followed by *"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn permissions(claims: serde_json::Value, now: f64) -> Option<Permissions> {
        Permissions::new(
            serde_json::from_value(claims).unwrap(),
            now,
            SubjectId::EXAMPLE,
        )
    }

    fn allowed(patterns: &[&str], channel: &str) -> bool {
        let permissions = permissions(json!({ "exp": 2, "subscribe": patterns }), 1.0).unwrap();
        assert!(!permissions.allow_publishing(&ChannelName::parse(channel).unwrap()));
        permissions.allow_subscribing(&ChannelName::parse(channel).unwrap())
    }

    #[test]
    fn a_star_matches_the_rest_of_a_name() {
        assert!(
            allowed(&["*"], "anything")
                && allowed(&["news.*"], "news.a.b")
                && allowed(&["news.*"], "news.")
        );
        assert!(allowed(&["news"], "news") && allowed(&["a", "b*"], "b"));
        assert!(
            !allowed(&["news.*"], "news")
                && !allowed(&["news.*"], "newsx")
                && !allowed(&["news"], "news.a")
        );
        assert!(!allowed(&["News"], "news") && !allowed(&[], "a"));
    }

    #[test]
    fn a_star_anywhere_else_is_refused() {
        for wrong in ["", "**", "*a", "a*b", "a/*", "a b", " *"] {
            let claims = serde_json::from_value::<Claims>(json!({ "exp": 2, "publish": [wrong] }));
            assert!(claims.is_err(), "{wrong:?}");
        }
        for wrong in [json!("*"), json!({ "c": true }), json!([1]), json!(null)] {
            assert!(
                serde_json::from_value::<Claims>(json!({ "exp": 2, "publish": wrong })).is_err()
            );
        }
    }

    #[test]
    fn a_token_expires_within_a_fraction_of_a_second() {
        let left = |exp: serde_json::Value| {
            permissions(json!({ "exp": exp }), 1000.5).map(|permissions| permissions.expires_in())
        };
        assert!(left(json!(1001)).is_some_and(|left| left <= Duration::from_millis(500)));
        assert!(left(json!(1e300)).is_some_and(|left| left > MAX_VALIDITY / 2));
        for past in [json!(1000), json!(1000.5), json!(-1), json!(0)] {
            assert!(left(past).is_none());
        }
    }
}
