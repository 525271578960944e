//! The messages of a response, as JSON, and its headers.

use super::{
    Caching, Page,
    json::{headers, write_json, write_start},
};
use bytes::{Bytes, BytesMut};
use common::{
    history::{NextMessages, Reset},
    message::MessageId,
    metrics::Sent,
};

/// The messages of a response to a poll or to a request for history.
pub struct Batch {
    pub(super) next: NextMessages,
    pub(super) page: Page,
}

impl Batch {
    /// Creates the batch of messages that were read for a page.
    pub fn new(next: NextMessages, page: Page) -> Self {
        Self { next, page }
    }

    /// Returns the cursor of a client that has received this.
    pub fn cursor(&self) -> MessageId {
        self.next.cursor
    }

    /// Returns what sending this as `json` adds to the metrics.
    pub fn sent(&self, json: &Bytes) -> Sent {
        Sent {
            messages: self.next.messages.len() as u64,
            bytes: json.len() as u64,
            resets: self.next.reset.is_some().into(),
        }
    }

    /// Returns `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if messages were lost, and with
    /// `"end":true` at the end of the channel; without an envelope only the array.
    pub fn json(&self) -> Bytes {
        let reset = self.next.reset.map(Reset::json);
        write_json(
            reset.as_deref(),
            &self.next.messages,
            &self.next.cursor,
            self.next.is_end,
            self.page.envelope,
        )
    }

    /// Returns the headers that depend on the messages.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.cache_headers().chain(self.headers_without_envelope())
    }

    /// Returns whether caches may keep this. What follows a cursor never changes, but a reset or an
    /// end may: the history may be another one by then.
    fn caching(&self) -> Option<Caching> {
        let is_final =
            !self.next.messages.is_empty() && self.next.reset.is_none() && !self.next.is_end;
        self.page.caching.filter(|_| is_final)
    }

    fn cache_headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let caching = self.caching();
        let control = caching.map_or("no-store".to_owned(), |caching| {
            let scope = if caching.is_private {
                "private"
            } else {
                "public"
            };
            format!("{scope}, max-age={}", caching.max_age)
        });
        // Another user of the same browser has another token.
        let is_private = caching.is_some_and(|caching| caching.is_private);
        let vary = is_private.then(|| ("vary", "authorization, cookie".to_owned()));
        [("cache-control", control)].into_iter().chain(vary)
    }

    /// Returns the headers that say without an envelope what the JSON says with one: the cursor,
    /// the reset if messages were lost, and the end of the channel.
    fn headers_without_envelope(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let reset = self.next.reset.map(Reset::json);
        headers(
            reset,
            &self.next.cursor,
            self.next.is_end,
            self.page.envelope,
        )
    }

    /// Writes what precedes the first message.
    pub(super) fn write_start(&self, json: &mut BytesMut) {
        let reset = self.next.reset.map(Reset::json);
        write_start(reset.as_deref(), self.page.envelope, json);
    }
}
