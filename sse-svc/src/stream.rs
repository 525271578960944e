//! How a stream begins: its response, and its way to the shard.

use crate::opening::SseEncoders;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Version, header},
};
use bytes::{Bytes, BytesMut};
use common::{
    budget::BudgetShare,
    channel_set::ChannelSet,
    message::Envelope,
    shard::{NewSetStream, NewStream, Shard},
    transport::Encoder,
};
use net::{Detached, detach};
use service::http::{Subscription, delimit_by_close};
use std::{fmt::Display, sync::Arc, time::Duration};

/// The header with the cursor at which a stream begins.
const CURSOR: &str = "trilane-cursor";

/// A stream of one channel that is not in its shard yet.
pub(crate) struct One {
    pub(crate) subscription: Subscription,
    pub(crate) envelope: Envelope,
    pub(crate) is_compat: bool,
}

impl One {
    /// Responds with headers, and adds the stream to the shard.
    pub(crate) fn begin(
        self,
        request: &HttpRequest,
        shard: Shard,
        encoders: &SseEncoders,
    ) -> HttpResponse {
        let Subscription {
            channel,
            cursor,
            expires_in,
            ..
        } = self.subscription;
        let resume = channel.resume(cursor);
        if !self.is_compat && resume.reset.is_none() && channel.ends_at(resume.cursor) {
            return no_stream(&resume.cursor);
        }
        let http_10 = request.version() == Version::HTTP_10;
        let resumed = (!self.is_compat).then_some(&resume);
        let opened = encoders.open(resumed, self.envelope, http_10);
        respond(request, &resume.announced_cursor(), opened, move |begun| {
            shard.add_stream(NewStream {
                detached: begun.detached,
                channel,
                encoder: begun.encoder,
                resume,
                opening: begun.opening,
                incoming: None,
                expires_in,
            });
        })
    }
}

/// A stream of several channels that is not in its shard yet.
pub(crate) struct Several {
    pub(crate) set: ChannelSet,
    pub(crate) share: BudgetShare,
    pub(crate) envelope: Envelope,
    pub(crate) expires_in: Option<Duration>,
}

impl Several {
    /// Responds with headers, and adds the stream to the shard.
    pub(crate) fn begin(
        self,
        request: &HttpRequest,
        shard: Shard,
        encoders: &SseEncoders,
    ) -> HttpResponse {
        if self.set.has_ended() {
            return no_stream(&self.set.cursor());
        }
        let http_10 = request.version() == Version::HTTP_10;
        let opened = encoders.open_set(&self.set, self.envelope, http_10);
        let cursor = self.set.cursor().to_string();
        respond(request, &cursor, opened, move |begun| {
            shard.add_set_stream(NewSetStream {
                detached: begun.detached,
                set: self.set,
                share: self.share,
                encoder: begun.encoder,
                opening: begun.opening,
                incoming: None,
                expires_in: self.expires_in,
            });
        })
    }
}

/// A stream whose response has begun.
struct Begun {
    detached: Detached,
    encoder: Arc<dyn Encoder>,
    opening: BytesMut,
}

/// Responds with headers, and passes the stream to `add` once they are written.
fn respond(
    request: &HttpRequest,
    cursor: &dyn Display,
    (encoder, opening): (Arc<dyn Encoder>, Bytes),
    add: impl FnOnce(Begun) + 'static,
) -> HttpResponse {
    let mut response = detach(request, event_stream(cursor), move |detached| {
        add(Begun {
            detached,
            encoder,
            opening: BytesMut::from(&opening[..]),
        });
    });
    if request.version() == Version::HTTP_10 {
        delimit_by_close(&mut response);
    }
    response
}

/// Tells a client that nothing will come. An `EventSource` stops reconnecting after this status
/// (HTML standard §9.2.3).
fn no_stream(cursor: &dyn Display) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((CURSOR, cursor.to_string()))
        .insert_header(("trilane-end", "true"))
        .finish()
}

/// Starts a response that caches, compressors and buffering proxies leave alone. `cursor` is that
/// of the `hello` event, for clients that read headers.
fn event_stream(cursor: &dyn Display) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header((CURSOR, cursor.to_string()))
        .insert_header(("x-accel-buffering", "no"));
    response
}
