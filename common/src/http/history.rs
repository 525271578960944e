//! `GET /messages`: a channel's history.

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
use pieces::{PIECE_BYTES, Pieces};

/// The highest `limit` of messages in a response.
pub const MAX_LIMIT: u64 = 1000;
/// The default `limit`.
pub const DEFAULT_LIMIT: u64 = 100;
/// The approximate size limit of a response that is in memory as a whole, in bytes: that of a poll
/// in the hub.
pub const MAX_BATCH_BYTES: usize = 64 * 1024;

pub(super) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let name = query.channel()?.unwrap_or_else(ChannelName::main);
    let limit = query.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
    let cursor = match query.after()? {
        Cursor::Latest => Cursor::Earliest,
        cursor => cursor,
    };
    let Subscription { channel, .. } =
        Subscription::peek(&service, &principal, name, cursor).await?;
    let start = channel.resume(cursor);
    Ok(history_response(&request, channel, start, limit, |_| {}))
}

/// The messages of a response to a poll or to a request for history.
pub struct Batch {
    reset: Option<Reset>,
    messages: Vec<Message>,
    cursor: MessageId,
}

impl Batch {
    /// Reads the next messages of a channel: at most `limit` of about `bytes` in total, but at
    /// least one if there is one.
    pub fn read(channel: &Channel, start: Resume, limit: u64, bytes: usize) -> Self {
        let Resume {
            mut cursor,
            mut reset,
        } = start;
        let messages = loop {
            match channel.read(cursor, limit as usize, bytes) {
                HistoryRead::CaughtUp => break Vec::new(),
                HistoryRead::Messages(batch) => break batch,
                // The history dropped messages meanwhile. The reset names the cursor that the
                // client sent.
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

    /// Returns the cursor of a client that has received this.
    pub fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// Returns what sending this as `json` adds to the metrics.
    pub fn sent(&self, json: &Bytes) -> Sent {
        Sent {
            messages: self.messages.len() as u64,
            bytes: json.len() as u64,
            resets: self.reset.is_some().into(),
        }
    }

    /// Returns `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if messages were lost.
    pub fn json(&self) -> Bytes {
        let size = self
            .messages
            .iter()
            .map(|message| message.json().len() + 1)
            .sum::<usize>();
        let mut json = BytesMut::with_capacity(size + 160);
        self.write_start(&mut json);
        for (index, message) in self.messages.iter().enumerate() {
            if index > 0 {
                json.put_u8(b',');
            }
            json.put_slice(message.json());
        }
        write_end(self.cursor, &mut json);
        json.freeze()
    }

    fn write_start(&self, json: &mut BytesMut) {
        json.put_slice(b"{");
        if let Some(reset) = self.reset {
            json.put_slice(format!(r#""reset":{},"#, reset.json()).as_bytes());
        }
        json.put_slice(b"\"messages\":[");
    }
}

fn write_end(cursor: MessageId, json: &mut BytesMut) {
    json.put_slice(format!(r#"],"cursor":"{cursor}"}}"#).as_bytes());
}

/// Returns a response with the next messages of a channel.
///
/// A large response is read from the history as fast as the peer takes it. `on_sent` is called with
/// what was sent when that is known.
pub fn history_response(
    request: &HttpRequest,
    channel: ChannelLease,
    start: Resume,
    limit: u64,
    on_sent: impl FnOnce(Sent) + Unpin + 'static,
) -> HttpResponse {
    let batch = Batch::read(&channel, start, limit, PIECE_BYTES);
    let json_bytes = batch
        .messages
        .iter()
        .map(|message| message.json().len())
        .sum::<usize>();
    let is_complete = batch.messages.len() as u64 >= limit || !channel.has_news(batch.cursor);
    if is_complete && json_bytes <= PIECE_BYTES {
        let json = batch.json();
        on_sent(batch.sent(&json));
        return no_store_json().body(json);
    }
    let mut response = no_store_json().streaming(Pieces::new(channel, &batch, limit, on_sent));
    if request.version() == Version::HTTP_10 {
        delimit_by_close(&mut response);
    }
    response
}

/// Begins a JSON response that caches must not store.
pub fn no_store_json() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
