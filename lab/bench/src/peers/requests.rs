//! What is measured of a peer, and the requests to it.

use super::Peer;
use crate::{
    load::{target::Target, url::Url},
    scenario::{Operation, Transport},
};
use std::sync::Arc;

impl Peer {
    /// Returns whether this operation can be measured on this transport.
    pub(crate) fn offers(&self, transport: Transport, operation: Operation) -> bool {
        let subscribes = self.path_of(transport).is_some();
        match operation {
            Operation::Delivery => subscribes && self.publish.is_some(),
            Operation::Idle => subscribes,
            // Nothing tells when a poll without a response is open.
            Operation::Opening => subscribes && transport != Transport::Longpoll,
            Operation::Echo => transport == Transport::Ws && self.echo.is_some(),
            Operation::Publication | Operation::Reconnect | Operation::Quiet => false,
        }
    }

    /// Returns the target of a load at this host and port.
    pub(crate) fn target(
        &self,
        transport: Transport,
        operation: Operation,
        authority: &str,
    ) -> Target {
        let at = |path: &str| Url {
            authority: authority.to_owned(),
            path: path.to_owned(),
        };
        let echo = self.echo.as_ref().filter(|_| operation == Operation::Echo);
        let read = echo
            .map(|echo| &*echo.path)
            .or_else(|| self.path_of(transport));
        let publish = self.publish.as_ref().map_or("/", |publish| &publish.path);
        let mut target = Target::new(transport, at(read.unwrap_or("/")), at(publish), false);
        if let Some(publish) = &self.publish {
            target.content_type.clone_from(&publish.content_type);
            target.body.clone_from(&publish.body);
        }
        if let Some(echo) = echo {
            target.echo.clone_from(&echo.text);
        }
        if let (Transport::Ws, Some(frames)) = (transport, &self.ws) {
            target.frames = Arc::new(frames.clone());
        }
        match (transport, &self.longpoll) {
            (Transport::Longpoll, Some(polls)) => target.with_polls(polls.clone()),
            _ => target,
        }
    }

    fn path_of(&self, transport: Transport) -> Option<&str> {
        let path = match transport {
            Transport::Longpoll => self.longpoll.as_ref().map(|polls| &polls.path),
            Transport::Sse => self.sse.as_ref().map(|events| &events.path),
            Transport::Ws => self.ws.as_ref().map(|frames| &frames.path),
        };
        path.map(|path| &**path)
    }
}
