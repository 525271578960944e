//! What a token allows: its claims, each checked once, and its end on the clock of this process.

use super::SubjectId;
use crate::message::ChannelName;
use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// As good as for ever, and still a time that the clock can add.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The claims that matter here, as they come in a token.
#[derive(Deserialize)]
pub(super) struct Claims {
    /// In seconds since 1970, maybe with a fraction.
    exp: f64,
    pub(super) sub: Option<String>,
    #[serde(default)]
    publish: Vec<Pattern>,
    #[serde(default)]
    subscribe: Vec<Pattern>,
}

/// What the holder of a token may do, and for how long.
#[derive(Debug)]
pub(crate) struct Permissions {
    publish: Vec<Pattern>,
    subscribe: Vec<Pattern>,
    /// On the wall clock: the other one stands still while the machine is suspended.
    ends: SystemTime,
    /// Whose token it is.
    pub(in crate::http) holder: SubjectId,
}

/// The name of a channel, or the beginning of the names of many.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
enum Pattern {
    Exactly(String),
    Begins(String),
}

impl Permissions {
    /// None once the token has expired. `since_1970` is the time, in seconds.
    pub(super) fn new(claims: Claims, since_1970: f64, holder: SubjectId) -> Option<Self> {
        let Claims {
            exp,
            publish,
            subscribe,
            ..
        } = claims;
        let left = Duration::try_from_secs_f64((exp - since_1970).min(FAR.as_secs_f64())).ok()?;
        let ends = SystemTime::now() + left;
        (!left.is_zero()).then_some(Self {
            publish,
            subscribe,
            ends,
            holder,
        })
    }

    pub(in crate::http) fn publishes(&self, channel: &ChannelName) -> bool {
        self.publish.iter().any(|pattern| pattern.matches(channel))
    }

    pub(in crate::http) fn subscribes(&self, channel: &ChannelName) -> bool {
        self.subscribe
            .iter()
            .any(|pattern| pattern.matches(channel))
    }

    /// How long the token is still good; zero when it has expired.
    pub(in crate::http) fn left(&self) -> Duration {
        self.ends
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }
}

impl Pattern {
    fn matches(&self, channel: &ChannelName) -> bool {
        match self {
            Self::Exactly(name) => channel.as_str() == name,
            Self::Begins(start) => channel.as_str().starts_with(start.as_str()),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let start = text.strip_suffix('*');
        // Whatever may stand before the star is itself the name of a channel, or nothing.
        match start.is_some_and(str::is_empty) || ChannelName::parse(start.unwrap_or(&text)).is_ok()
        {
            true => Ok(start
                .map(str::to_owned)
                .map_or(Self::Exactly(text), Self::Begins)),
            false => Err("a channel's name, or the beginning of one and *"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn grant(claims: serde_json::Value, now: f64) -> Option<Permissions> {
        Permissions::new(
            serde_json::from_value(claims).unwrap(),
            now,
            SubjectId::SOMEBODY,
        )
    }

    fn allowed(patterns: &[&str], channel: &str) -> bool {
        let grant = grant(json!({ "exp": 2, "subscribe": patterns }), 1.0).unwrap();
        assert!(!grant.publishes(&ChannelName::parse(channel).unwrap()));
        grant.subscribes(&ChannelName::parse(channel).unwrap())
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_name() {
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
    fn a_star_anywhere_else_is_a_mistake() {
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
    fn it_ends_to_the_fraction_of_a_second() {
        let left =
            |exp: serde_json::Value| grant(json!({ "exp": exp }), 1000.5).map(|grant| grant.left());
        assert!(left(json!(1001)).is_some_and(|left| left <= Duration::from_millis(500)));
        assert!(left(json!(1e300)).is_some_and(|left| left > FAR / 2));
        for past in [json!(1000), json!(1000.5), json!(-1), json!(0)] {
            assert!(left(past).is_none());
        }
    }
}
