//! The parameters of a request.

use super::{Channels, Problem};
use actix_web::HttpRequest;
use common::message::{ChannelList, ChannelName, Cursor, Envelope, InvalidCursor};
use std::{borrow::Cow, iter, ops::RangeInclusive};

/// The query of a request, as `application/x-www-form-urlencoded`.
///
/// A parameter that a handler reads must not be repeated, except for the channels. Other parameters
/// are ignored, since libraries and caches add some.
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
    ///
    /// # Errors
    ///
    /// If the query has several.
    pub fn last_event_id(&self) -> Result<Option<Cow<'a, str>>, Problem> {
        let is_name = |key: &str| {
            key.replace(['-', '_'], "")
                .eq_ignore_ascii_case("lasteventid")
        };
        let id = self.find("lastEventId", is_name)?;
        Ok(id.filter(|id| !id.is_empty()))
    }

    /// Returns the channels, if the request names any.
    ///
    /// # Errors
    ///
    /// If one is not a channel name, or they cannot be read together: see [`ChannelList::parse`].
    pub fn channels(&self) -> Result<Option<Channels>, Problem> {
        let mut values = self.values(|key| key == "channel");
        let Some(first) = values.next() else {
            return Ok(None);
        };
        let second = values.next();
        if second.is_none() && !first.contains(',') {
            let name = ChannelName::parse(&first);
            let name = name.map_err(|invalid| Problem::channel(&first, invalid))?;
            return Ok(Some(Channels::One(name)));
        }
        let all: Vec<_> = iter::once(first).chain(second).chain(values).collect();
        let names = all.iter().flat_map(|names| names.split(','));
        let list = ChannelList::parse(names).map_err(Problem::channels)?;
        Ok(Some(Channels::Several(list)))
    }

    /// Returns the one channel of a request that takes no more, if it names one.
    ///
    /// # Errors
    ///
    /// If it is not a channel name, or the query has several.
    pub fn channel(&self) -> Result<Option<ChannelName>, Problem> {
        let Some(name) = self.get("channel")? else {
            return Ok(None);
        };
        match ChannelName::parse(&name) {
            Ok(channel) => Ok(Some(channel)),
            Err(invalid) => Err(Problem::channel(&name, invalid)),
        }
    }

    /// Returns the cursor of one channel; the latest message if there is none.
    ///
    /// # Errors
    ///
    /// If it is not a cursor of this channel, or the query has several.
    pub fn after(&self, channel: &ChannelName) -> Result<Cursor, Problem> {
        self.parse_after(Cursor::Latest, |text| Cursor::parse_one(text, channel))
    }

    /// Returns the cursor of each of several channels.
    ///
    /// # Errors
    ///
    /// If they are not cursors of these channels, or the query has several.
    pub fn after_each(&self, channels: &ChannelList) -> Result<Vec<Cursor>, Problem> {
        let latest = vec![Cursor::Latest; channels.as_slice().len()];
        self.parse_after(latest, |text| {
            Cursor::parse_several(text, channels.as_slice())
        })
    }

    /// Returns the cursor of each channel; the latest message if there is none.
    ///
    /// # Errors
    ///
    /// If they are not cursors of these channels, or the query has several.
    pub fn cursors(&self, channels: &Channels) -> Result<Vec<Cursor>, Problem> {
        match channels {
            Channels::One(name) => Ok(vec![self.after(name)?]),
            Channels::Several(list) => self.after_each(list),
        }
    }

    /// Returns what the client wants of each message; the whole one without a parameter.
    ///
    /// # Errors
    ///
    /// If it is not `none`, or the query has several.
    pub fn envelope(&self) -> Result<Envelope, Problem> {
        match self.get("envelope")?.as_deref() {
            None => Ok(Envelope::Message),
            Some("none") => Ok(Envelope::None),
            Some(other) => Err(Problem::parameter("envelope", other, "expected none")),
        }
    }

    /// Returns whether a parameter is `true`. Without it, it is false.
    ///
    /// # Errors
    ///
    /// If it is neither `true` nor `false`, or the query has several.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::parameter(name, other, "expected true or false")),
        }
    }

    /// Returns a whole number.
    ///
    /// # Errors
    ///
    /// If it is not a whole number of this range, or the query has several.
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
    ///
    /// # Errors
    ///
    /// If the query has one of them.
    pub fn only_with_channel(&self, names: &[&str]) -> Result<(), Problem> {
        for name in names {
            if let Some(value) = self.get(name)? {
                return Err(Problem::parameter(name, &value, "needs channel=NAME"));
            }
        }
        Ok(())
    }

    fn parse_after<T>(
        &self,
        latest: T,
        parse: impl FnOnce(&str) -> Result<T, InvalidCursor>,
    ) -> Result<T, Problem> {
        let Some(text) = self.get("after")? else {
            return Ok(latest);
        };
        parse(&text).map_err(|invalid| Problem::cursor("after", &text, invalid))
    }

    fn find(
        &self,
        name: &str,
        is_name: impl Fn(&str) -> bool,
    ) -> Result<Option<Cow<'a, str>>, Problem> {
        let mut values = self.values(is_name);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Problem::repeated("bad-parameter", name)),
            None => Ok(first),
        }
    }

    fn values(&self, is_name: impl Fn(&str) -> bool) -> impl Iterator<Item = Cow<'a, str>> {
        form_urlencoded::parse(self.0.as_bytes())
            .filter(move |(key, _)| is_name(key))
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests;
