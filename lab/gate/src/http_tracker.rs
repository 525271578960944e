//! Tracks the HTTP requests and responses of one connection as they pass. Only two faults change
//! them: one removes `Upgrade`, one holds responses.

use super::request::without_upgrade;
use std::{borrow::Cow, mem};
use wire::{
    framing::{Framing, FramingEvent},
    head::{Head, MessageKind},
};

/// What the two faults do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HttpFaults {
    pub(super) block_upgrade: bool,
    /// How many bytes of a response are held.
    pub(super) buffer: Option<usize>,
}

pub(super) struct HttpTracker {
    requests: Framing,
    responses: Framing,
    /// Headers of a request that is withheld until they are complete, to remove `Upgrade`.
    withheld: Option<Vec<u8>>,
    /// Bytes of a response that are held.
    held: Vec<u8>,
    /// Whether another protocol follows.
    upgraded: bool,
}

impl HttpTracker {
    pub(super) fn new() -> Self {
        Self {
            requests: Framing::new(MessageKind::Requests),
            responses: Framing::new(MessageKind::Responses),
            withheld: None,
            held: Vec::new(),
            upgraded: false,
        }
    }

    /// Returns the bytes to forward for bytes from the client. Calls `on_request` for each request.
    pub(super) fn client_bytes<'a>(
        &mut self,
        bytes: &'a [u8],
        faults: HttpFaults,
        mut on_request: impl FnMut(&Head<'_>),
    ) -> Cow<'a, [u8]> {
        if self.withheld.is_some() || faults.block_upgrade {
            return self
                .without_upgrades(bytes, faults.block_upgrade, on_request)
                .into();
        }
        let responses = &mut self.responses;
        self.requests
            .feed(bytes, |event| on_event(&event, responses, &mut on_request));
        bytes.into()
    }

    /// Returns the bytes to forward for bytes from the service.
    pub(super) fn service_bytes<'a>(
        &mut self,
        bytes: &'a [u8],
        faults: HttpFaults,
    ) -> Cow<'a, [u8]> {
        let Self {
            requests, upgraded, ..
        } = self;
        self.responses.feed(bytes, |event| {
            if matches!(event, FramingEvent::Tunnel(_)) {
                requests.tunnel();
                *upgraded = true;
            }
        });
        let through = self.upgraded || self.responses.at_start();
        let holds = faults
            .buffer
            .is_some_and(|most| !through && self.held.len() + bytes.len() < most);
        if !holds && self.held.is_empty() {
            return bytes.into();
        }
        self.held.extend_from_slice(bytes);
        if holds {
            Cow::default()
        } else {
            mem::take(&mut self.held).into()
        }
    }

    /// Returns the held bytes: the fault or the connection has ended.
    pub(super) fn release(&mut self) -> Vec<u8> {
        mem::take(&mut self.held)
    }

    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Returns the number of bytes that are kept, of headers and of held responses.
    #[cfg(any(test, fuzzing))]
    pub(super) fn buffered(&self) -> usize {
        let withheld = self.withheld.as_ref().map_or(0, Vec::len);
        self.requests.buffered() + self.responses.buffered() + withheld + self.held.len()
    }

    fn without_upgrades(
        &mut self,
        mut bytes: &[u8],
        block: bool,
        mut on_request: impl FnMut(&Head<'_>),
    ) -> Vec<u8> {
        let mut through = Vec::new();
        loop {
            if block && self.requests.at_start() {
                self.withheld.get_or_insert_default();
            }
            let (stepped, event) = self.requests.step(bytes);
            self.withheld
                .as_mut()
                .unwrap_or(&mut through)
                .extend_from_slice(&bytes[..stepped]);
            bytes = &bytes[stepped..];
            if let Some(event) = &event {
                on_event(event, &mut self.responses, &mut on_request);
            }
            let is_over = event.is_none() && bytes.is_empty();
            if matches!(event, Some(FramingEvent::Headers(_))) {
                through.extend(without_upgrade(&self.withheld.take().unwrap_or_default()));
            } else if self.requests.in_rest() {
                through.extend(self.withheld.take().unwrap_or_default());
            }
            if is_over {
                return through;
            }
        }
    }
}

fn on_event(
    event: &FramingEvent<'_>,
    responses: &mut Framing,
    on_request: &mut impl FnMut(&Head<'_>),
) {
    if let FramingEvent::Headers(head) = event {
        responses.expect_response(head.method());
        on_request(head);
    }
}
