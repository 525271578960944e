//! Responses with the messages of a channel, from its history.

mod batch;
mod endpoint;
mod page;
mod pieces;
mod several;

use super::delimit_by_close;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Version, header},
};
pub use batch::Batch;
use common::{channels::ChannelLease, history::Resume, metrics::Sent};
pub(super) use endpoint::handler;
pub use page::{Caching, Page};
use pieces::{MAX_BYTES, PIECE_BYTES, Pieces};
pub use several::set_response;

/// The approximate size limit of a response that is in memory as a whole, in bytes: that of a poll
/// in a shard.
pub const MAX_BATCH_BYTES: usize = 64 * 1024;

/// Returns a response with the next messages of a channel.
///
/// A large response is read from the history as fast as the peer takes it. `on_sent` is called with
/// what was sent when that is known.
pub fn history_response(
    request: &HttpRequest,
    channel: ChannelLease,
    start: Resume,
    page: Page,
    on_sent: impl FnOnce(Sent) + Unpin + 'static,
) -> HttpResponse {
    let is_chosen = page.is_chosen();
    let bytes = if is_chosen { MAX_BYTES } else { PIECE_BYTES };
    let next = channel.read_from(start, page.limit as usize, bytes);
    let batch = Batch::new(next, page);
    let json_bytes = batch
        .messages
        .iter()
        .map(|message| message.json().len())
        .sum::<usize>();
    let is_complete =
        is_chosen || batch.messages.len() as u64 >= page.limit || !channel.has_news(batch.cursor);
    let mut response = no_store_json();
    for header in batch.headers() {
        response.insert_header(header);
    }
    if is_complete && json_bytes <= PIECE_BYTES {
        let json = batch.json();
        on_sent(batch.sent(&json));
        return response.body(json);
    }
    let mut response = response.streaming(Pieces::new(channel, &batch, on_sent));
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
