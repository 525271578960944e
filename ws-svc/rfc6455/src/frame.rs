//! The frame whose payload is arriving.

use crate::{
    DecodeError, Opcode, ProtocolError,
    header::Header,
    mask::{self, key_at},
    message::Message,
};

/// A frame between its header and the last byte of its payload. The payload itself is in the buffer
/// of the decoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    /// The length of the payload, in bytes.
    pub(crate) len: usize,
    /// How many bytes of a text are known to be complete characters.
    pub(crate) valid: usize,
    key: [u8; 4],
    /// How many bytes of the payload have arrived and are unmasked.
    unmasked: usize,
}

impl Frame {
    /// Returns the frame that `header` announces, if it may follow what came before. `message` is
    /// the one whose fragments are arriving, `limit` the longest payload of a message in bytes.
    ///
    /// # Errors
    ///
    /// - [`ProtocolError::UnexpectedContinuation`], [`ProtocolError::UnfinishedMessage`] (section
    ///   5.4).
    /// - [`DecodeError::MessageTooBig`] if the message would become longer than `limit` (section
    ///   10.4).
    pub(crate) fn accept(
        header: Header,
        message: Option<&Message>,
        limit: usize,
    ) -> Result<Self, DecodeError> {
        check_order(header.opcode, message)?;
        let room = match message {
            // The header was checked against a smaller limit.
            _ if header.opcode.is_control() => usize::MAX,
            Some(message) => limit - message.len(),
            None => limit,
        };
        let len = usize::try_from(header.len).ok().filter(|len| *len <= room);
        let len = len.ok_or(DecodeError::MessageTooBig { limit })?;
        let Header {
            opcode, fin, key, ..
        } = header;
        Ok(Self {
            opcode,
            fin,
            len,
            valid: 0,
            key,
            unmasked: 0,
        })
    }

    /// Returns whether this is the first of several fragments of a message.
    pub(crate) fn is_first_fragment(&self) -> bool {
        !self.fin && self.opcode != Opcode::Continuation
    }

    /// Unmasks what is new in `arrived`, the payload as far as it is there.
    pub(crate) fn unmask(&mut self, arrived: &mut [u8]) {
        mask::apply(
            &mut arrived[self.unmasked..],
            key_at(self.key, self.unmasked),
        );
        self.unmasked = arrived.len();
    }

    /// Drops what is unmasked, as if the frame began after it.
    pub(crate) fn skip_unmasked(&mut self) {
        self.key = key_at(self.key, self.unmasked);
        self.len -= self.unmasked;
        self.unmasked = 0;
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.unmasked == self.len
    }
}

/// Control frames may come between the fragments of a message, fragments of two messages are not
/// mixed (section 5.4).
fn check_order(opcode: Opcode, message: Option<&Message>) -> Result<(), ProtocolError> {
    match (opcode, message) {
        (Opcode::Continuation, None) => Err(ProtocolError::UnexpectedContinuation),
        (Opcode::Text | Opcode::Binary, Some(_)) => Err(ProtocolError::UnfinishedMessage),
        _ => Ok(()),
    }
}
