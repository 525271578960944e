//! The payload of close frames.

use bytes::Bytes;

use crate::{DecodeError, ProtocolError, Utf8Bytes, close_code};

/// The code and the reason that a close frame carries (section 5.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why the connection is closed (section 7.4): a code that a frame may carry.
    pub code: u16,
    /// The same in words, for logs; may be empty.
    pub reason: Utf8Bytes,
}

impl CloseFrame {
    /// Parses the payload of a close frame; `None` if it is empty.
    ///
    /// # Errors
    ///
    /// - [`ProtocolError::TruncatedCloseCode`] for a payload of one byte (section 5.5.1).
    /// - [`ProtocolError::InvalidCloseCode`] for a code that no frame may carry (section 7.4).
    /// - [`DecodeError::InvalidUtf8`] for a reason that is not UTF-8 (section 5.5.1).
    pub(crate) fn parse(payload: Bytes) -> Result<Option<Self>, DecodeError> {
        let Some(&code) = payload.first_chunk() else {
            return match payload.len() {
                0 => Ok(None),
                _ => Err(ProtocolError::TruncatedCloseCode.into()),
            };
        };
        let code = u16::from_be_bytes(code);
        if !close_code::is_valid(code) {
            return Err(ProtocolError::InvalidCloseCode.into());
        }
        let reason = payload.slice(2..);
        std::str::from_utf8(&reason).map_err(|_| DecodeError::InvalidUtf8)?;
        Ok(Some(Self {
            code,
            reason: Utf8Bytes::from_checked(reason),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(code: u16, reason: &[u8]) -> Result<Option<CloseFrame>, DecodeError> {
        CloseFrame::parse([&code.to_be_bytes(), reason].concat().into())
    }

    fn close(code: u16, reason: &'static str) -> CloseFrame {
        CloseFrame {
            code,
            reason: Utf8Bytes::from_checked(reason.into()),
        }
    }

    #[test]
    fn a_close_carries_nothing_or_a_code_and_a_reason_in_utf8() {
        assert_eq!(CloseFrame::parse(Bytes::new()), Ok(None));
        let half_a_code = CloseFrame::parse(Bytes::from_static(&[3]));
        assert_eq!(half_a_code, Err(ProtocolError::TruncatedCloseCode.into()));
        assert_eq!(
            parse(1005, b""),
            Err(ProtocolError::InvalidCloseCode.into())
        );
        assert_eq!(parse(1000, b""), Ok(Some(close(1000, ""))));
        assert_eq!(
            parse(4999, "à bientôt".as_bytes()),
            Ok(Some(close(4999, "à bientôt")))
        );
        assert_eq!(parse(1000, &[b'a', 0xC3]), Err(DecodeError::InvalidUtf8));
    }
}
