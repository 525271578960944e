//! UTF-8 that is checked while it arrives.

use bytes::Bytes;

use crate::DecodeError;

/// Shared bytes that were checked to be UTF-8 while they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utf8Bytes(Bytes);

impl Utf8Bytes {
    /// Creates a text from bytes. The caller has checked that they are UTF-8.
    pub(crate) fn from_checked(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Returns the text. Checks every byte again, since the compiler cannot know about the first
    /// time: prefer [`as_bytes`](Self::as_bytes) for parsers that check on their own.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the bytes were checked while they arrived")
    }

    /// Returns the bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes of the text, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Returns the length of the longest prefix of `text` that is complete characters, of which the
/// first `valid` bytes are known to be. A character may be incomplete at the end.
///
/// # Errors
///
/// [`DecodeError::InvalidUtf8`] for the first byte that cannot belong to any character (section
/// 8.1).
pub(crate) fn valid_prefix(text: &[u8], valid: usize) -> Result<usize, DecodeError> {
    match std::str::from_utf8(&text[valid..]) {
        Ok(_) => Ok(text.len()),
        Err(error) if error.error_len().is_none() => Ok(valid + error.valid_up_to()),
        Err(_) => Err(DecodeError::InvalidUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_character_is_accepted_and_an_impossible_one_is_not() {
        let text = "aé€😀".as_bytes();
        for (len, valid) in [
            (1, 1),
            (2, 1),
            (3, 3),
            (4, 3),
            (5, 3),
            (6, 6),
            (9, 6),
            (10, 10),
        ] {
            assert_eq!(valid_prefix(&text[..len], 0), Ok(valid), "{len} bytes");
        }
        assert_eq!(valid_prefix(text, 6), Ok(10));
        // Overlong, a surrogate, beyond the last character, a stray continuation: each known at its
        // last byte here.
        for impossible in [
            &[0xC0][..],
            &[0xE0, 0x80],
            &[0xED, 0xA0],
            &[0xF4, 0x90],
            &[0xF5],
            &[0x80],
        ] {
            assert_eq!(
                valid_prefix(impossible, 0),
                Err(DecodeError::InvalidUtf8),
                "{impossible:02X?}"
            );
        }
    }
}
