//! How a connection begins: its channels, and its first frame.

use crate::hello::{ServingWorker, hello};
use actix_web::web;
use bytes::Bytes;
use common::{
    message::Envelope,
    shard::{NewStream, Shard},
    transport::{Encoder, FrameHandler},
};
use net::Detached;
use service::http::{AppState, Channels, Principal, Problem, Query, StreamSubscription};
use std::sync::Arc;

/// A connection that is not in its shard yet.
pub(crate) struct Peer {
    pub(crate) detached: Detached,
    pub(crate) service: web::Data<AppState>,
    pub(crate) principal: Principal,
    pub(crate) encoder: Arc<dyn Encoder>,
    pub(crate) envelope: Envelope,
    pub(crate) session: Box<dyn FrameHandler>,
    /// The worker to name in the first frame.
    pub(crate) serving: Option<ServingWorker>,
}

/// Returns the channels that a request names.
pub(crate) fn channels(query: &Query<'_>) -> Result<Channels, Problem> {
    let missing = || {
        let detail = "channel=NAME is missing: /ws?channel=main";
        Problem::new(400, "bad-channel", detail)
    };
    query.channels()?.ok_or_else(missing)
}

impl Peer {
    /// Adds the connection to the shard.
    pub(crate) fn begin(self, opened: StreamSubscription, shard: &Shard) {
        let expires_in = opened.expires_in();
        let channels = opened.channels(&self.service, &self.principal);
        let max_body = self.service.config.messages.max_body;
        let opening = match self.envelope {
            Envelope::Message => hello(&channels.hello(), max_body, self.serving),
            Envelope::None => Bytes::new(),
        };
        shard.add_stream(NewStream {
            detached: self.detached,
            channels,
            encoder: self.encoder,
            opening,
            incoming: Some(self.session),
            expires_in,
        });
    }
}
