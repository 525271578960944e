//! A message with the payload it has so far, over all its frames.

use bytes::BytesMut;

use super::header::Opcode;
use super::payload::valid_prefix;
use super::{Incoming, Text, Violation};

/// Text or binary, as its first frame said.
pub(crate) struct Message {
    opcode: Opcode,
    data: BytesMut,
    /// Bytes of a text that are known to be whole characters.
    valid: usize,
}

impl Message {
    pub(crate) fn new(opcode: Opcode) -> Self {
        Self::of_one_frame(opcode, BytesMut::new(), 0)
    }

    /// All of it at once, with as much as is known about it.
    pub(crate) fn of_one_frame(opcode: Opcode, data: BytesMut, valid: usize) -> Self {
        Self { opcode, data, valid }
    }

    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    /// Adds what comes next, and finds a byte that no text can have there.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Violation> {
        self.data.extend_from_slice(piece);
        if self.opcode == Opcode::Text {
            self.valid = valid_prefix(&self.data, self.valid)?;
        }
        Ok(())
    }

    /// There is no more: a text must not end within a character.
    pub(crate) fn complete(self) -> Result<Incoming, Violation> {
        match self.opcode {
            Opcode::Text if self.valid < self.data.len() => Err(Violation::InvalidUtf8),
            Opcode::Text => Ok(Incoming::Text(Text(self.data.freeze()))),
            _ => Ok(Incoming::Binary(self.data.freeze())),
        }
    }
}

#[cfg(test)]
impl Message {
    pub(crate) fn capacity(&self) -> usize {
        self.data.capacity()
    }
}
