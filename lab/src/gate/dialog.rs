//! The requests and responses of one connection, followed as they pass, and changed only by two faults: one that strips
//! `Upgrade`, and one that holds responses.

use super::{
    fault::Conditions,
    framing::{Event, Framing, Side},
    head::{Head, without_upgrade},
};
use std::{borrow::Cow, mem};

pub(super) struct Dialog {
    requests: Framing,
    responses: Framing,
    /// The head of a request that must come whole before it goes on.
    head: Option<Vec<u8>>,
    /// What is held of a response.
    held: Vec<u8>,
    /// The service has agreed to another protocol.
    upgraded: bool,
}

impl Dialog {
    pub(super) fn new() -> Self {
        Self {
            requests: Framing::new(Side::Requests),
            responses: Framing::new(Side::Responses),
            head: None,
            held: Vec::new(),
            upgraded: false,
        }
    }

    /// What goes on of bytes from the client. Each request's head is shown to `seen`.
    pub(super) fn up<'a>(
        &mut self,
        bytes: &'a [u8],
        conditions: &Conditions,
        mut seen: impl FnMut(&Head),
    ) -> Cow<'a, [u8]> {
        if self.head.is_some() || conditions.block_upgrade {
            return self
                .without_upgrades(bytes, conditions.block_upgrade, seen)
                .into();
        }
        let responses = &mut self.responses;
        self.requests
            .feed(bytes, |event| note_request(&event, responses, &mut seen));
        bytes.into()
    }

    /// What goes on of bytes from the service.
    pub(super) fn down<'a>(&mut self, bytes: &'a [u8], conditions: &Conditions) -> Cow<'a, [u8]> {
        let Self {
            requests, upgraded, ..
        } = self;
        self.responses.feed(bytes, |event| {
            if matches!(event, Event::Head(head) if head.switches_protocol()) {
                requests.tunnel();
                *upgraded = true;
            }
        });
        let through = self.upgraded || self.responses.at_start();
        let holds = conditions
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

    /// What is held though nothing holds it any more: the fault has ended, or the response.
    pub(super) fn release(&mut self) -> Vec<u8> {
        mem::take(&mut self.held)
    }

    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    fn without_upgrades(
        &mut self,
        mut bytes: &[u8],
        block: bool,
        mut seen: impl FnMut(&Head),
    ) -> Vec<u8> {
        let mut through = Vec::new();
        loop {
            if block && self.requests.at_start() {
                self.head.get_or_insert_default();
            }
            let (stepped, event) = self.requests.step(bytes);
            self.head
                .as_mut()
                .unwrap_or(&mut through)
                .extend_from_slice(&bytes[..stepped]);
            bytes = &bytes[stepped..];
            if let Some(event) = &event {
                note_request(event, &mut self.responses, &mut seen);
            }
            if matches!(event, Some(Event::Head(_))) {
                through.extend(without_upgrade(&self.head.take().unwrap_or_default()));
            } else if self.requests.in_rest() {
                through.extend(self.head.take().unwrap_or_default());
            }
            if event.is_none() && bytes.is_empty() {
                return through;
            }
        }
    }
}

fn note_request(event: &Event, responses: &mut Framing, seen: &mut impl FnMut(&Head)) {
    if let Event::Head(head) = event {
        if head.method() == "HEAD" {
            responses.expect_no_body();
        }
        seen(head);
    }
}
