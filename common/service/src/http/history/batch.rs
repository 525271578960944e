//! The messages of a response, as JSON, and its headers.

use super::{Caching, Page};
use bytes::{BufMut, Bytes, BytesMut};
use common::{
    history::{NextMessages, Reset},
    message::{Envelope, Message, MessageId},
    metrics::Sent,
};
use std::fmt::Display;

/// The messages of a response to a poll or to a request for history: of one channel, or with a
/// combined cursor of several.
pub struct Batch<C = MessageId> {
    /// The loss signal as JSON, if messages before these were lost.
    pub(super) reset: Option<String>,
    pub(super) messages: Vec<Message>,
    pub(super) cursor: C,
    /// Whether all channels have ended there.
    pub(super) is_end: bool,
    pub(super) page: Page,
}

impl Batch {
    /// Creates the batch of messages that were read for a page.
    pub fn new(next: NextMessages, page: Page) -> Self {
        let NextMessages {
            reset,
            messages,
            cursor,
            is_end,
        } = next;
        Self {
            reset: reset.map(Reset::json),
            messages,
            cursor,
            is_end,
            page,
        }
    }

    /// Returns the cursor of a client that has received this.
    pub fn cursor(&self) -> MessageId {
        self.cursor
    }
}

impl<C: Display> Batch<C> {
    /// Returns what sending this as `json` adds to the metrics.
    pub fn sent(&self, json: &Bytes) -> Sent {
        Sent {
            messages: self.messages.len() as u64,
            bytes: json.len() as u64,
            resets: self.reset.is_some().into(),
        }
    }

    /// Returns `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if messages were lost, and with
    /// `"end":true` where all channels have ended; without an envelope only the array.
    pub fn json(&self) -> Bytes {
        let elements = || {
            let messages = self.messages.iter();
            messages.filter_map(|message| self.page.envelope.element(message))
        };
        let size = elements().map(|element| element.len() + 1).sum::<usize>();
        let mut json = BytesMut::with_capacity(size + 160);
        self.write_start(&mut json);
        for (index, element) in elements().enumerate() {
            if index > 0 {
                json.put_u8(b',');
            }
            json.put_slice(element);
        }
        write_end(&self.cursor, self.is_end, self.page.envelope, &mut json);
        json.freeze()
    }

    /// Writes what precedes the first message.
    pub(super) fn write_start(&self, json: &mut BytesMut) {
        if self.page.envelope == Envelope::None {
            return json.put_u8(b'[');
        }
        json.put_slice(b"{");
        if let Some(reset) = &self.reset {
            json.put_slice(format!(r#""reset":{reset},"#).as_bytes());
        }
        json.put_slice(b"\"messages\":[");
    }

    /// Returns the headers that depend on the messages.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.cache_headers().chain(self.headers_without_envelope())
    }

    /// Returns whether caches may keep this. What follows a cursor never changes, but a reset or an
    /// end may: the history may be another one by then.
    fn caching(&self) -> Option<Caching> {
        let is_final = !self.messages.is_empty() && self.reset.is_none() && !self.is_end;
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
    /// the reset if messages were lost, and the end of the channels.
    fn headers_without_envelope(&self) -> impl Iterator<Item = (&'static str, String)> {
        let cursor = ("trilane-cursor", self.cursor.to_string());
        let reset = self.reset.clone().map(|reset| ("trilane-reset", reset));
        let end = self.is_end.then(|| ("trilane-end", "true".to_owned()));
        let headers = [Some(cursor), reset, end].into_iter().flatten();
        headers.filter(|_| self.page.envelope == Envelope::None)
    }
}

/// Writes what follows the last message.
pub(super) fn write_end(
    cursor: &dyn Display,
    is_end: bool,
    envelope: Envelope,
    json: &mut BytesMut,
) {
    let end = if is_end { r#","end":true"# } else { "" };
    match envelope {
        Envelope::Message => {
            json.put_slice(format!(r#"],"cursor":"{cursor}"{end}}}"#).as_bytes());
        }
        Envelope::None => json.put_u8(b']'),
    }
}
