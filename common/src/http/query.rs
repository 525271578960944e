//! The parameters of a request.

use super::Problem;
use crate::message::{ChannelName, Cursor};
use actix_web::HttpRequest;
use std::{borrow::Cow, ops::RangeInclusive};

/// The query of a request, as `application/x-www-form-urlencoded`.
///
/// A parameter that a handler reads must not be repeated. Others are ignored, since libraries and
/// caches add some.
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Returns the query of a request.
    pub fn of(request: &'a HttpRequest) -> Self {
        Self(request.query_string())
    }

    /// Returns the value of a parameter.
    ///
    /// # Errors
    ///
    /// If it is repeated.
    pub fn get(&self, name: &str) -> Result<Option<Cow<'a, str>>, Problem> {
        self.find(name, |key| key == name)
    }

    /// Returns the id of the last event that a client has, from clients that cannot set a header.
    ///
    /// Polyfills of `EventSource` call it `lastEventId`, `Last-Event-ID` or similar, so case,
    /// hyphens and underscores do not matter. An empty value counts as none.
    pub fn last_event_id(&self) -> Result<Option<Cow<'a, str>>, Problem> {
        let is_name = |key: &str| {
            key.replace(['-', '_'], "")
                .eq_ignore_ascii_case("lasteventid")
        };
        let id = self.find("lastEventId", is_name)?;
        Ok(id.filter(|id| !id.is_empty()))
    }

    /// Returns the channel, if the request names one.
    pub fn channel(&self) -> Result<Option<ChannelName>, Problem> {
        let Some(name) = self.get("channel")? else {
            return Ok(None);
        };
        match ChannelName::parse(&name) {
            Ok(channel) => Ok(Some(channel)),
            Err(invalid) => Err(Problem::channel(&name, invalid)),
        }
    }

    /// Returns the cursor; the latest message if there is none.
    pub fn after(&self) -> Result<Cursor, Problem> {
        let Some(text) = self.get("after")? else {
            return Ok(Cursor::Latest);
        };
        text.parse()
            .map_err(|invalid| Problem::cursor("after", &text, invalid))
    }

    /// Returns whether a parameter is `true`. Without it, it is false.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::parameter(name, other, "expected true or false")),
        }
    }

    /// Returns a whole number.
    pub fn number(
        &self,
        name: &str,
        allowed: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Problem> {
        let Some(text) = self.get(name)? else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if allowed.contains(&number) => Ok(number),
            _ => {
                let (first, last) = allowed.into_inner();
                let expected = format!("expected a whole number from {first} to {last}");
                Err(Problem::parameter(name, &text, expected))
            }
        }
    }

    /// Refuses parameters that have no meaning without a channel: the client forgot it.
    pub fn only_with_channel(&self, names: &[&str]) -> Result<(), Problem> {
        for name in names {
            if let Some(value) = self.get(name)? {
                return Err(Problem::parameter(name, &value, "needs channel=NAME"));
            }
        }
        Ok(())
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_other_parameters_ignored() {
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
    fn the_last_event_id_is_recognised_by_its_letters() {
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
    fn a_problem_names_the_range_of_a_number() {
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
    fn a_cursor_without_a_channel_is_refused() {
        assert!(Query("after=0").only_with_channel(&["after"]).is_err());
        assert!(Query("_=1").only_with_channel(&["after"]).is_ok());
    }
}
