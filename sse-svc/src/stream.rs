//! How a stream begins: its response, and its way to the shard.

use crate::opening::SseEncoders;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Version, header},
};
use common::{
    message::Envelope,
    shard::{NewStream, Shard, StreamChannels},
};
use net::detach;
use service::http::delimit_by_close;
use std::time::Duration;

/// The header with the cursor at which a stream begins.
const CURSOR: &str = "trilane-cursor";

/// A stream that is not in its shard yet.
pub(crate) struct Stream {
    pub(crate) channels: StreamChannels,
    pub(crate) envelope: Envelope,
    pub(crate) is_compat: bool,
    pub(crate) expires_in: Option<Duration>,
}

impl Stream {
    /// Responds with headers, and adds the stream to the shard once they are written.
    pub(crate) fn begin(
        self,
        request: &HttpRequest,
        shard: Shard,
        encoders: &SseEncoders,
    ) -> HttpResponse {
        let hello = self.channels.hello();
        if !self.is_compat && self.channels.has_ended() {
            return no_stream(&hello.cursor);
        }
        let http_10 = request.version() == Version::HTTP_10;
        let resumable = (!self.is_compat).then_some(&hello);
        let (encoder, opening) = encoders.open(resumable, self.envelope, http_10);
        let mut response = detach(request, event_stream(&hello.cursor), move |detached| {
            shard.add_stream(NewStream {
                detached,
                channels: self.channels,
                encoder,
                opening,
                incoming: None,
                expires_in: self.expires_in,
            });
        });
        if http_10 {
            delimit_by_close(&mut response);
        }
        response
    }
}

/// Tells a client that nothing will come. An `EventSource` stops reconnecting after this status
/// (HTML standard §9.2.3).
fn no_stream(cursor: &str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((CURSOR, cursor))
        .insert_header(("trilane-end", "true"))
        .finish()
}

/// Starts a response that caches, compressors and buffering proxies leave alone. `cursor` is that
/// of the `hello` event, for clients that read headers.
fn event_stream(cursor: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header((CURSOR, cursor))
        .insert_header(("x-accel-buffering", "no"));
    response
}
