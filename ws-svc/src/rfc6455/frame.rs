//! Which frame may come when, and the frame whose payload is arriving.

use super::Violation;
use super::header::{Header, Opcode};
use super::message::Message;
use super::payload::{key_at, unmask};

/// A frame between its header and its last byte. The payload itself is in the decoder's inbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    pub(crate) len: usize,
    /// Bytes of a text that are known to be whole characters.
    pub(crate) valid: usize,
    key: [u8; 4],
    /// Bytes that are there and have their mask off.
    unmasked: usize,
}

impl Frame {
    /// Whether such a frame may come now and be that long, with this message under way.
    pub(crate) fn admit(header: Header, under_way: Option<&Message>, limit: usize) -> Result<Self, Violation> {
        in_turn(header.opcode, under_way)?;
        let room = match under_way {
            _ if header.opcode.is_control() => usize::MAX, // Its own, smaller limit was checked with the header.
            Some(message) => limit - message.len(),
            None => limit,
        };
        let len = usize::try_from(header.len).ok().filter(|len| *len <= room);
        let Header { opcode, fin, key, .. } = header;
        let len = len.ok_or(Violation::TooBig { limit })?;
        Ok(Self { opcode, fin, len, valid: 0, key, unmasked: 0 })
    }

    /// More frames will follow for the message that this one begins.
    pub(crate) fn begins_fragmented(&self) -> bool {
        !self.fin && self.opcode != Opcode::Continuation
    }

    /// Takes the mask off what is new of `arrived`, the payload so far.
    pub(crate) fn unmask(&mut self, arrived: &mut [u8]) {
        unmask(&mut arrived[self.unmasked..], key_at(self.key, self.unmasked));
        self.unmasked = arrived.len();
    }

    /// What is unmasked has gone elsewhere; the frame goes on as if it began after it.
    pub(crate) fn restart(&mut self) {
        self.key = key_at(self.key, self.unmasked);
        self.len -= self.unmasked;
        self.unmasked = 0;
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.unmasked == self.len
    }
}

/// Control frames may come at any time, the frames of two messages never mix (section 5.4).
fn in_turn(opcode: Opcode, under_way: Option<&Message>) -> Result<(), Violation> {
    match (opcode, under_way) {
        (Opcode::Continuation, None) => Err(Violation::Protocol("there is no message to continue")),
        (Opcode::Text | Opcode::Binary, Some(_)) => Err(Violation::Protocol("the message before is not finished")),
        _ => Ok(()),
    }
}
