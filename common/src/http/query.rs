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
mod tests;
