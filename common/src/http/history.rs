//! `GET /messages`: what a channel holds.

mod pieces;

use super::{AppState, Principal, Problem, Query, Subscription, delimit_by_close};
use crate::{
    history::{HistoryRead, Reset, Resume},
    hub::{Channel, ChannelLease},
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::Sent,
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Version, header},
    web,
};
use bytes::{BufMut, Bytes, BytesMut};
use pieces::{PIECE, Pieces};

/// The most messages one answer may be asked for.
pub const MAX_LIMIT: u64 = 1000;
/// How many it has where none are asked for.
pub const LIMIT: u64 = 100;
/// About how many bytes a response has at most that waits for its socket as a whole: that of a poll in the hub.
pub const HELD_BYTES: usize = 64 * 1024;

pub(super) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(ChannelName::main);
    let limit = query.number("limit", 1..=MAX_LIMIT, LIMIT)?;
    let after = match query.after()? {
        Cursor::Latest => Cursor::Earliest,
        after => after,
    };
    let subscription = Subscription::look(&service, &principal, channel, after).await?;
    let start = subscription.feed.resume(after);
    Ok(holdings(&request, subscription.feed, start, limit, |_| {}))
}

/// The answer to a poll or to a request for history.
pub struct Batch {
    reset: Option<Reset>,
    messages: Vec<Message>,
    cursor: MessageId,
}

impl Batch {
    /// What a reader that begins here gets now, at most `limit` messages of about `bytes`, but always one.
    pub fn read(feed: &Channel, start: Resume, limit: u64, bytes: usize) -> Self {
        let Resume {
            mut cursor,
            mut reset,
        } = start;
        let messages = loop {
            match feed.read(cursor, limit as usize, bytes) {
                HistoryRead::CaughtUp => break Vec::new(),
                HistoryRead::Messages(batch) => break batch,
                // The log let go of it since the reader began: the first cursor is the one that was lost.
                HistoryRead::Reset(lost) => {
                    cursor = lost.cursor();
                    reset = Some(reset.map_or(lost, |first| Reset {
                        after: first.after,
                        ..lost
                    }));
                }
            }
        };
        let cursor = messages.last().map_or(cursor, |last| last.id);
        Self {
            reset,
            messages,
            cursor,
        }
    }

    /// Where a reader stands that has this.
    pub fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// What is given to a reader with this.
    pub fn sent(&self, json: &Bytes) -> Sent {
        Sent {
            messages: self.messages.len() as u64,
            bytes: json.len() as u64,
            resets: self.reset.is_some().into(),
        }
    }

    /// `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if something was lost.
    pub fn json(&self) -> Bytes {
        let size = self
            .messages
            .iter()
            .map(|message| message.json().len() + 1)
            .sum::<usize>();
        let mut json = BytesMut::with_capacity(size + 160);
        self.open(&mut json);
        for (at, message) in self.messages.iter().enumerate() {
            json.put_slice(if at > 0 { b"," } else { b"" });
            json.put_slice(message.json());
        }
        close(self.cursor, &mut json);
        json.freeze()
    }

    fn open(&self, json: &mut BytesMut) {
        json.put_slice(b"{");
        if let Some(reset) = self.reset {
            json.put_slice(format!(r#""reset":{},"#, reset.json()).as_bytes());
        }
        json.put_slice(b"\"messages\":[");
    }
}

fn close(cursor: MessageId, json: &mut BytesMut) {
    json.put_slice(format!(r#"],"cursor":"{cursor}"}}"#).as_bytes());
}

/// The response with what a reader that begins here gets: as a whole if that is little, otherwise read from the log as fast
/// as the peer takes it. `sent` is told what was given, when that is known.
pub fn holdings(
    request: &HttpRequest,
    feed: ChannelLease,
    start: Resume,
    limit: u64,
    sent: impl FnOnce(Sent) + Unpin + 'static,
) -> HttpResponse {
    let batch = Batch::read(&feed, start, limit, PIECE);
    let json_bytes = batch
        .messages
        .iter()
        .map(|message| message.json().len())
        .sum::<usize>();
    let is_all = batch.messages.len() as u64 >= limit || !feed.has_news(batch.cursor);
    if is_all && json_bytes <= PIECE {
        let json = batch.json();
        sent(batch.sent(&json));
        return fresh_json().body(json);
    }
    let mut response = fresh_json().streaming(Pieces::new(feed, &batch, limit, sent));
    if request.version() == Version::HTTP_10 {
        delimit_by_close(&mut response);
    }
    response
}

/// The head of an answer in JSON that must not be stored: the next one is another.
pub fn fresh_json() -> HttpResponseBuilder {
    let mut head = HttpResponse::Ok();
    head.content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"));
    head
}
