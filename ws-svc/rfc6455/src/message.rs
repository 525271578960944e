//! A message whose fragments are joined.

use bytes::BytesMut;

use crate::{DecodeError, Event, Opcode, Utf8Bytes, utf8::valid_prefix};

/// A message and as much of its payload as has arrived, over all its fragments.
pub(crate) struct Message {
    /// Text or binary: the opcode of the first fragment.
    opcode: Opcode,
    payload: BytesMut,
    /// How many bytes of a text are known to be complete characters.
    valid: usize,
}

impl Message {
    /// Creates an empty message.
    pub(crate) fn new(opcode: Opcode) -> Self {
        Self::unfragmented(opcode, BytesMut::new(), 0)
    }

    /// Creates a message in one frame. The first `valid` bytes of a text are known to be complete
    /// characters.
    pub(crate) fn unfragmented(opcode: Opcode, payload: BytesMut, valid: usize) -> Self {
        Self {
            opcode,
            payload,
            valid,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.payload.len()
    }

    /// Returns the memory that is allocated for the payload, in bytes.
    pub(crate) fn allocated(&self) -> usize {
        self.payload.capacity()
    }

    /// Appends the next part of the payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidUtf8`] for the first byte that no text can have there (section 8.1).
    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), DecodeError> {
        self.payload.extend_from_slice(part);
        if self.opcode == Opcode::Text {
            self.valid = valid_prefix(&self.payload, self.valid)?;
        }
        Ok(())
    }

    /// Returns the whole message.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidUtf8`] for a text that ends within a character (section 8.1).
    pub(crate) fn finish(self) -> Result<Event, DecodeError> {
        match self.opcode {
            Opcode::Text if self.valid < self.payload.len() => Err(DecodeError::InvalidUtf8),
            Opcode::Text => Ok(Event::Text(Utf8Bytes::from_checked(self.payload.freeze()))),
            _ => Ok(Event::Binary(self.payload.freeze())),
        }
    }
}
