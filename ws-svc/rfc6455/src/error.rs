//! The reasons to fail a connection.

use crate::close_code;

/// Why a connection must be failed (section 7.1.7). The text is a reason for the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The client broke a rule of the protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A text message (section 5.6) or the reason of a close (section 5.5.1) is not UTF-8.
    #[error("text must be UTF-8")]
    InvalidUtf8,
    /// A message is longer than the limit, or would be with the frame that a header declares
    /// (section 10.4).
    #[error("a message may have at most {limit} bytes")]
    MessageTooBig {
        /// The longest payload of a message, in bytes.
        limit: usize,
    },
}

impl DecodeError {
    /// Returns the close code to fail the connection with (section 7.4.1).
    pub fn close_code(self) -> u16 {
        match self {
            Self::Protocol(_) => close_code::PROTOCOL_ERROR,
            Self::InvalidUtf8 => close_code::INVALID_PAYLOAD,
            Self::MessageTooBig { .. } => close_code::MESSAGE_TOO_BIG,
        }
    }
}

/// The rule that a client broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A reserved bit is set, though no extension gives it a meaning (section 5.2).
    #[error("reserved bits must be 0")]
    ReservedBits,
    /// The opcode is reserved (section 5.2).
    #[error("no such opcode")]
    UnknownOpcode,
    /// A control frame has no FIN bit (section 5.5).
    #[error("a control frame must not be fragmented")]
    FragmentedControl,
    /// A control frame is longer than 125 bytes (section 5.5).
    #[error("a control frame may carry at most 125 bytes")]
    ControlTooLong,
    /// The frame is not masked (section 5.1).
    #[error("a client's frames must be masked")]
    Unmasked,
    /// A length of eight bytes has its most significant bit set (section 5.2).
    #[error("a length must not have its top bit set")]
    LengthTopBit,
    /// A length takes more bytes than it needs (section 5.2).
    #[error("a length must take the shortest form")]
    LengthNotMinimal,
    /// A continuation frame follows no first fragment (section 5.4).
    #[error("there is no message to continue")]
    UnexpectedContinuation,
    /// A new message begins between the fragments of another (section 5.4).
    #[error("the message before is not finished")]
    UnfinishedMessage,
    /// The payload of a close frame is a single byte (section 5.5.1).
    #[error("a close code has two bytes")]
    TruncatedCloseCode,
    /// No close frame may carry this code (section 7.4).
    #[error("no such close code")]
    InvalidCloseCode,
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, ProtocolError};

    #[test]
    fn an_error_has_a_close_code_and_a_reason_that_fits_a_close_frame() {
        let errors = [
            (ProtocolError::UnknownOpcode.into(), 1002, "no such opcode"),
            (DecodeError::InvalidUtf8, 1007, "text must be UTF-8"),
            (
                DecodeError::MessageTooBig { limit: 65536 },
                1009,
                "a message may have at most 65536 bytes",
            ),
        ];
        for (error, code, reason) in errors {
            assert_eq!(
                (error.close_code(), error.to_string().as_str()),
                (code, reason)
            );
            assert!(reason.len() <= 123);
        }
    }
}
