//! `GET /messages`: what a channel holds.

use super::{Caller, Problem, Query, Service, Subscription};
use crate::{
    log::{Read, Reset, Start},
    message::{After, Channel, Id, Message},
    metrics::Metrics,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use bytes::{BufMut, Bytes, BytesMut};

/// The most messages one answer may be asked for.
pub const MAX_LIMIT: u64 = 1000;
/// How many it has where none are asked for.
pub const LIMIT: u64 = 100;
/// About how many bytes one answer has at most; the rest comes with the next request.
const MAX_BYTES: usize = 1024 * 1024;

pub(super) async fn handler(
    request: HttpRequest,
    service: web::Data<Service>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(Channel::main);
    let limit = query.number("limit", 1..=MAX_LIMIT, LIMIT)?;
    let after = match query.after()? {
        After::Now => After::Start,
        after => after,
    };
    let subscription = Subscription::open(&service, &caller, channel, after).await?;
    let batch = Batch::read(&subscription, subscription.feed.start(after), limit);
    Ok(answer(batch.json()))
}

/// The answer to a poll or to a request for history.
pub struct Batch {
    reset: Option<Reset>,
    messages: Vec<Message>,
    cursor: Id,
}

impl Batch {
    /// What a reader that begins here gets now, at most `limit` messages.
    pub fn read(subscription: &Subscription, start: Start, limit: u64) -> Self {
        let Start { mut position, mut reset } = start;
        let messages = loop {
            match subscription.feed.read(position, limit as usize, MAX_BYTES) {
                Read::CaughtUp => break Vec::new(),
                Read::Messages(batch) => break batch,
                // The log let go of it since the reader began: the first cursor is the one that was lost.
                Read::Lost(lost) => {
                    position = lost.position();
                    reset = Some(reset.map_or(lost, |first| Reset { after: first.after, ..lost }));
                }
            }
        };
        let cursor = messages.last().map_or(position, |last| last.id);
        Self { reset, messages, cursor }
    }

    /// Counts what a poll was given.
    pub fn count(&self, json: &Bytes, metrics: &Metrics) {
        metrics.delivered.inc_by(self.messages.len() as u64);
        metrics.bytes.inc_by(json.len() as u64);
        metrics.resets.inc_by(u64::from(self.reset.is_some()));
    }

    /// `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if something was lost.
    pub fn json(&self) -> Bytes {
        let size = self.messages.iter().map(|message| message.json().len() + 1).sum::<usize>();
        let mut json = BytesMut::with_capacity(size + 160);
        json.put_slice(b"{");
        if let Some(Reset { after, oldest }) = self.reset {
            json.put_slice(format!(r#""reset":{{"after":"{after}","oldest":"{oldest}"}},"#).as_bytes());
        }
        json.put_slice(b"\"messages\":[");
        for (at, message) in self.messages.iter().enumerate() {
            json.put_slice(if at > 0 { b"," } else { b"" });
            json.put_slice(message.json());
        }
        json.put_slice(format!(r#"],"cursor":"{}"}}"#, self.cursor).as_bytes());
        json.freeze()
    }
}

/// JSON that must not be stored: the next one is another.
pub fn answer(json: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").insert_header((header::CACHE_CONTROL, "no-store")).body(json)
}
