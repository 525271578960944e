//! Publishes messages, at the server that has the channel.

use super::{
    Redis,
    cluster::{Asking, Redirect},
    replies::parse_ack,
    servers::ConnectedServer,
    shared::Connected,
};
use crate::{BrokerError, Publication, PublishAck};
use redis::RedisResult;
use std::time::{Duration, Instant};

/// How long a publication follows a channel that is on its way from one node to another.
const REDIRECTS: Duration = Duration::from_secs(2);

impl Redis {
    /// Publishes a message.
    ///
    /// # Errors
    ///
    /// After [`BrokerError::Unavailable`] it is not known whether Redis took the message. With a
    /// key it is safe to retry.
    pub(crate) async fn publish(
        &self,
        publication: Publication,
    ) -> Result<PublishAck, BrokerError> {
        let began = Instant::now();
        // The node that a slot is on its way to, for the next attempt.
        let mut importing = None;
        loop {
            let (server, is_asking) = match importing.take() {
                Some(server) => (server, true),
                None => (self.connected(&publication.channel).await?, false),
            };
            let error = match self.publish_at(&server, is_asking, &publication).await {
                Ok(ack) => {
                    // While the slot is on its way, the subscription is still at the former node.
                    if server.shared.node.is_some() && !is_asking {
                        self.state.arrival(&publication.channel, ack.id).await;
                    }
                    return Ok(ack);
                }
                Err(error) => error,
            };
            match Redirect::of(&error) {
                Some(redirect) if server.shared.node.is_some() && began.elapsed() < REDIRECTS => {
                    importing = self.servers.redirected(&server, redirect).await;
                }
                _ => return Err(server.shared.broker_error(&publication.channel, &error)),
            }
        }
    }

    async fn publish_at(
        &self,
        server: &ConnectedServer,
        is_asking: bool,
        publication: &Publication,
    ) -> RedisResult<PublishAck> {
        let Connected { connection, server } = server.connected.clone();
        let call = self
            .state
            .scripts
            .append(&server.incarnation(), publication);
        let reply: String = if is_asking {
            call.invoke_async(&mut Asking(connection)).await?
        } else {
            call.invoke_async(&mut { connection }).await?
        };
        let (ack, size) = parse_ack(&reply)?;
        if let Some(size) = size {
            let bytes = publication.body.len();
            let channel = publication.channel.clone();
            self.state.memory_usage.add(channel, bytes, size);
        }
        Ok(ack)
    }
}
