//! The opcodes of frames.

/// The purpose of a frame (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// The next fragment of a message.
    Continuation = 0x0,
    /// A text message, or its first fragment.
    Text = 0x1,
    /// A binary message, or its first fragment.
    Binary = 0x2,
    /// The start of the closing handshake, or the reply to it.
    Close = 0x8,
    /// A request for a pong, to check that the peer is alive.
    Ping = 0x9,
    /// The reply to a ping, or an unsolicited sign of life.
    Pong = 0xA,
}

impl Opcode {
    /// Returns the opcode of these four bits. Returns `None` for a reserved one.
    pub fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// Returns whether this is a control frame: short, never fragmented, and allowed between the
    /// fragments of a message (section 5.5).
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}
