//! The parameters of a request, each taken once and refused by name.

use super::{Caller, Problem, Service};
use crate::{
    broker::BrokerError,
    hub::Feed,
    message::{After, Channel},
};
use actix_web::HttpRequest;
use std::{borrow::Cow, ops::RangeInclusive, sync::Arc, time::Duration};

/// The query of a request, `application/x-www-form-urlencoded`. Of a parameter that is there twice the first counts.
pub struct Query<'a>(&'a str);

/// What a reader wants.
pub struct Subscription {
    /// Which channel.
    pub channel: Channel,
    /// The channel's feed.
    pub feed: Arc<Feed>,
    /// From where.
    pub after: After,
    /// How long its token is good; none if nothing ends it.
    pub until: Option<Duration>,
}

impl<'a> Query<'a> {
    /// The query of this request.
    pub fn of(request: &'a HttpRequest) -> Self {
        Self(request.query_string())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let same = |(key, value): (Cow<'a, str>, Cow<'a, str>)| (key == name).then_some(value);
        form_urlencoded::parse(self.0.as_bytes()).find_map(same)
    }

    /// The channel, if the request names one.
    pub fn channel(&self) -> Result<Option<Channel>, Problem> {
        let parse = |name: Cow<'_, str>| Channel::parse(&name).map_err(|invalid| Problem::channel(&name, invalid));
        self.get("channel").map(parse).transpose()
    }

    /// The cursor.
    pub fn after(&self) -> Result<After, Problem> {
        let parse = |text: Cow<'_, str>| text.parse().map_err(|invalid| Problem::cursor("after", &text, invalid));
        self.get("after").map_or(Ok(After::Now), parse)
    }

    /// Whether something is wanted; it is not unless it is said.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::parameter(name, other, "true or false")),
        }
    }

    /// A whole number.
    pub fn number(&self, name: &str, allowed: RangeInclusive<u64>, default: u64) -> Result<u64, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        let whole = || format!("a whole number from {} to {}", allowed.start(), allowed.end());
        number.ok_or_else(|| Problem::parameter(name, &text, whole()))
    }

    /// Refuses parameters that mean nothing without a channel: whoever sends them forgot it.
    pub fn only_with_channel(&self, names: &[&str]) -> Result<(), Problem> {
        let forgotten = names.iter().find_map(|name| Some((name, self.get(name)?)));
        forgotten.map_or(Ok(()), |(name, value)| Err(Problem::parameter(name, &value, "goes with channel=NAME")))
    }
}

impl Subscription {
    /// What this caller subscribes to; `channel` must have been asked for. Opens the channel.
    pub async fn open(service: &Service, caller: &Caller, channel: Channel, after: After) -> Result<Self, Problem> {
        caller.may_subscribe(&channel)?;
        let feed = feed(service, &channel, after).await?;
        Ok(Self { channel, feed, after, until: caller.left() })
    }
}

/// The feed of a channel. Opens the channel.
async fn feed(service: &Service, channel: &Channel, after: After) -> Result<Arc<Feed>, Problem> {
    service.broker.open(channel, after).await?;
    // It may have made room for another channel at this very moment.
    let limit = service.config.max_channels.get();
    Ok(service.hub.feed(channel).ok_or(BrokerError::TooManyChannels { limit })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_first_counts() {
        let query = Query("a=1%202&b=+x&a=3&c");
        assert_eq!(query.get("a").unwrap(), "1 2");
        assert_eq!(query.get("b").unwrap(), " x");
        assert_eq!(query.get("c").unwrap(), "");
        assert!(query.get("d").is_none());
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = |query| Query(query).flag("worker").map_err(|problem| problem.to_string());
        assert_eq!((flag(""), flag("worker=false"), flag("worker=true")), (Ok(false), Ok(false), Ok(true)));
        for wrong in ["worker", "worker=1", "worker=TRUE"] {
            assert!(flag(wrong).unwrap_err().contains("true or false"), "{wrong}");
        }
    }

    #[test]
    fn numbers_have_a_range_that_the_problem_names() {
        assert_eq!(Query("").number("wait", 0..=60, 25).unwrap(), 25);
        assert_eq!(Query("wait=60").number("wait", 0..=60, 25).unwrap(), 60);
        for wrong in ["wait=61", "wait=-1", "wait=", "wait=1.5", "wait=soon"] {
            let problem = Query(wrong).number("wait", 0..=60, 25).unwrap_err();
            assert!(problem.to_string().contains("a whole number from 0 to 60"), "{problem}");
        }
    }

    #[test]
    fn a_cursor_without_a_channel_is_a_mistake_worth_telling() {
        assert!(Query("after=0").only_with_channel(&["after"]).is_err());
        assert!(Query("_=1").only_with_channel(&["after"]).is_ok());
    }
}
