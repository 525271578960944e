//! The parameters of a request, each taken once and refused by name.

use super::{AppState, Principal, Problem, channel_creation::New};
use crate::{
    hub::ChannelLease,
    message::{ChannelName, Cursor},
};
use actix_web::HttpRequest;
use std::{borrow::Cow, ops::RangeInclusive, time::Duration};

/// The query of a request, `application/x-www-form-urlencoded`. A parameter that is asked for may be there once; others
/// are ignored, since libraries and caches add some.
pub struct Query<'a>(&'a str);

/// What a reader wants.
pub struct Subscription {
    /// Which channel.
    pub channel: ChannelName,
    /// The channel's feed.
    pub feed: ChannelLease,
    /// From where.
    pub after: Cursor,
    /// How long its token is good; none if nothing ends it.
    pub until: Option<Duration>,
}

impl<'a> Query<'a> {
    /// The query of this request.
    pub fn of(request: &'a HttpRequest) -> Self {
        Self(request.query_string())
    }

    /// The value of a parameter; an error if it is there more than once.
    pub fn get(&self, name: &str) -> Result<Option<Cow<'a, str>>, Problem> {
        self.find(name, |key| key == name)
    }

    /// The id of the last event that a reader has, from clients that can set no header. It is `lastEventId` in one
    /// polyfill's default, and `Last-Event-ID` or similar elsewhere: case, hyphens and underscores do not matter. An
    /// empty one counts as none.
    pub fn last_event_id(&self) -> Result<Option<Cow<'a, str>>, Problem> {
        let letters = |key: &str| {
            key.replace(['-', '_'], "")
                .eq_ignore_ascii_case("lasteventid")
        };
        Ok(self
            .find("lastEventId", letters)?
            .filter(|id| !id.is_empty()))
    }

    fn find(
        &self,
        name: &str,
        is_name: impl Fn(&str) -> bool,
    ) -> Result<Option<Cow<'a, str>>, Problem> {
        let pairs = form_urlencoded::parse(self.0.as_bytes());
        let mut values = pairs
            .filter(|(key, _)| is_name(key))
            .map(|(_, value)| value);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Problem::repeated("bad-parameter", name)),
            None => Ok(first),
        }
    }

    /// The channel, if the request names one.
    pub fn channel(&self) -> Result<Option<ChannelName>, Problem> {
        let parse = |name: Cow<'_, str>| {
            ChannelName::parse(&name).map_err(|invalid| Problem::channel(&name, invalid))
        };
        self.get("channel")?.map(parse).transpose()
    }

    /// The cursor.
    pub fn after(&self) -> Result<Cursor, Problem> {
        let parse = |text: Cow<'_, str>| {
            text.parse()
                .map_err(|invalid| Problem::cursor("after", &text, invalid))
        };
        self.get("after")?.map_or(Ok(Cursor::Latest), parse)
    }

    /// Whether something is wanted; it is not unless it is said.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::parameter(name, other, "true or false")),
        }
    }

    /// A whole number.
    pub fn number(
        &self,
        name: &str,
        allowed: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Problem> {
        let Some(text) = self.get(name)? else {
            return Ok(default);
        };
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        let whole = || {
            format!(
                "a whole number from {} to {}",
                allowed.start(),
                allowed.end()
            )
        };
        number.ok_or_else(|| Problem::parameter(name, &text, whole()))
    }

    /// Refuses parameters that mean nothing without a channel: whoever sends them forgot it.
    pub fn only_with_channel(&self, names: &[&str]) -> Result<(), Problem> {
        for name in names {
            if let Some(value) = self.get(name)? {
                return Err(Problem::parameter(name, &value, "goes with channel=NAME"));
            }
        }
        Ok(())
    }
}

impl Subscription {
    /// What this caller subscribes to; `channel` must have been asked for. Begins the channel if it is not there: this is for
    /// whoever waits for its messages.
    pub async fn open(
        service: &AppState,
        principal: &Principal,
        channel: ChannelName,
        after: Cursor,
    ) -> Result<Self, Problem> {
        Self::look(service, principal, channel, after)
            .await?
            .wait(service, principal)
            .await
    }

    /// The same for whoever reads only what there is now; nobody may wait at this feed.
    pub async fn look(
        service: &AppState,
        principal: &Principal,
        channel: ChannelName,
        after: Cursor,
    ) -> Result<Self, Problem> {
        principal.may_subscribe(&channel)?;
        if service.broker.looking_begins() {
            principal.may_begin(&channel, New::Read, service)?;
        }
        let feed = service.broker.look(&service.hub, &channel, after).await?;
        Ok(Self {
            channel,
            feed,
            after,
            until: principal.left(),
        })
    }

    /// From now on its reader may wait at the feed: begins the channel if it is not there.
    pub async fn wait(
        mut self,
        service: &AppState,
        principal: &Principal,
    ) -> Result<Self, Problem> {
        if !self.feed.is_open() {
            principal.may_begin(&self.channel, New::Read, service)?;
            self.feed = service
                .broker
                .open(&service.hub, &self.channel, self.after)
                .await?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_unknown_parameters_ignored() {
        let query = Query("a=1%202&b=+x&x=3&c&x=4");
        assert_eq!(query.get("a").unwrap().unwrap(), "1 2");
        assert_eq!(query.get("b").unwrap().unwrap(), " x");
        assert_eq!(query.get("c").unwrap().unwrap(), "");
        assert!(query.get("d").unwrap().is_none());
    }

    #[test]
    fn a_repeated_parameter_is_refused_by_name() {
        for query in ["a=1&a=2", "a=1&b&a=1", "a&%61=", "a=&a="] {
            let problem = Query(query).get("a").unwrap_err().to_string();
            assert!(
                problem.starts_with("400 Bad Request bad-parameter: a: "),
                "{query}: {problem}"
            );
        }
    }

    #[test]
    fn the_last_event_id_is_known_by_its_letters() {
        let id = |query: &str| Query(query).last_event_id().unwrap().map(Cow::into_owned);
        for name in [
            "lastEventId",
            "lastEventID",
            "Last-Event-ID",
            "Last-Event-Id",
            "last_event_id",
            "last-event-id",
        ] {
            assert_eq!(
                id(&format!("after=0&{name}=1-2")).as_deref(),
                Some("1-2"),
                "{name}"
            );
        }
        assert_eq!(
            (id("lastEventId="), id("lastId=1-2"), id("event-id=1-2")),
            (None, None, None)
        );
        assert!(
            Query("lastEventId=1-2&Last-Event-ID=1-3")
                .last_event_id()
                .is_err()
        );
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = |query| {
            Query(query)
                .flag("worker")
                .map_err(|problem| problem.to_string())
        };
        assert_eq!(
            (flag(""), flag("worker=false"), flag("worker=true")),
            (Ok(false), Ok(false), Ok(true))
        );
        for wrong in ["worker", "worker=1", "worker=TRUE"] {
            assert!(
                flag(wrong).unwrap_err().contains("true or false"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn numbers_have_a_range_that_the_problem_names() {
        assert_eq!(Query("").number("wait", 0..=60, 25).unwrap(), 25);
        assert_eq!(Query("wait=60").number("wait", 0..=60, 25).unwrap(), 60);
        for wrong in ["wait=61", "wait=-1", "wait=", "wait=1.5", "wait=soon"] {
            let problem = Query(wrong).number("wait", 0..=60, 25).unwrap_err();
            assert!(
                problem.to_string().contains("a whole number from 0 to 60"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_cursor_without_a_channel_is_a_mistake_worth_telling() {
        assert!(Query("after=0").only_with_channel(&["after"]).is_err());
        assert!(Query("_=1").only_with_channel(&["after"]).is_ok());
    }
}
