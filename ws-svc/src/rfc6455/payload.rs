//! What is done to payload bytes: unmasking, watching text for UTF-8 as it arrives, reading the body of a close.

use bytes::Bytes;

use super::{Text, Violation};

/// Takes the mask off, eight bytes at a time; `key` is as it stands at the first of them.
pub(crate) fn unmask(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = bytes.as_chunks_mut();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= mask;
    }
}

/// The key as it stands `offset` bytes further on.
pub(crate) fn key_at(mut key: [u8; 4], offset: usize) -> [u8; 4] {
    key.rotate_left(offset % 4);
    key
}

/// How much of `text` is whole characters, of which the first `valid` bytes were before.
/// A character still to be completed is no error, a byte that none can contain is.
pub(crate) fn valid_prefix(text: &[u8], valid: usize) -> Result<usize, Violation> {
    match std::str::from_utf8(&text[valid..]) {
        Ok(_) => Ok(text.len()),
        Err(cut) if cut.error_len().is_none() => Ok(valid + cut.valid_up_to()),
        Err(_) => Err(Violation::InvalidUtf8),
    }
}

/// A close may say nothing; if it says something, that is a code and a reason.
pub(crate) fn close(body: Bytes) -> Result<Option<(u16, Text)>, Violation> {
    let Some(&code) = body.first_chunk() else {
        return match body.len() {
            0 => Ok(None),
            _ => Err(Violation::Protocol("a close code has two bytes")),
        };
    };
    let code = u16::from_be_bytes(code);
    if !may_be_sent(code) {
        return Err(Violation::Protocol("no such close code"));
    }
    let reason = body.slice(2..);
    std::str::from_utf8(&reason).map_err(|_| Violation::InvalidUtf8)?;
    Ok(Some((code, Text(reason))))
}

/// The codes of section 7.4 and those registered since (1012 to 1014).
/// 1004 has no meaning; 1005, 1006 and 1015 stand for closes that no frame announced, so no frame may carry them.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmasking_in_any_two_parts_equals_unmasking_byte_by_byte() {
        let key = [0x11, 0x22, 0x44, 0x88];
        let masked: Vec<u8> = (0..67).collect();
        let plain: Vec<u8> = (0..67).map(|i| masked[i] ^ key[i % 4]).collect();
        for cut in 0..=masked.len() {
            let mut bytes = masked.clone();
            let (head, tail) = bytes.split_at_mut(cut);
            unmask(head, key);
            unmask(tail, key_at(key, cut));
            assert_eq!(bytes, plain, "cut at {cut}");
        }
    }

    #[test]
    fn an_unfinished_character_waits_and_an_impossible_one_does_not() {
        let text = "aé€😀".as_bytes();
        for (len, valid) in [(1, 1), (2, 1), (3, 3), (4, 3), (5, 3), (6, 6), (9, 6), (10, 10)] {
            assert_eq!(valid_prefix(&text[..len], 0), Ok(valid), "{len} bytes");
        }
        assert_eq!(valid_prefix(text, 6), Ok(10));
        // Overlong, a surrogate, beyond the last character, a stray continuation: each known at its last byte here.
        for impossible in [&[0xC0][..], &[0xE0, 0x80], &[0xED, 0xA0], &[0xF4, 0x90], &[0xF5], &[0x80]] {
            assert_eq!(valid_prefix(impossible, 0), Err(Violation::InvalidUtf8), "{impossible:02X?}");
        }
    }

    fn close_with(code: u16, reason: &[u8]) -> Result<Option<(u16, Text)>, Violation> {
        close([&code.to_be_bytes(), reason].concat().into())
    }

    #[test]
    fn only_codes_that_may_be_sent_are_taken() {
        let taken: Vec<u16> = (0..=u16::MAX).filter(|code| close_with(*code, b"").is_ok()).collect();
        let defined = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
        assert_eq!(taken, defined.into_iter().chain(3000..=4999).collect::<Vec<u16>>());
        assert_eq!(close_with(1005, b""), Err(Violation::Protocol("no such close code")));
    }

    #[test]
    fn a_close_carries_nothing_or_a_code_and_a_reason_in_utf8() {
        assert_eq!(close(Bytes::new()), Ok(None));
        assert_eq!(close(Bytes::from_static(&[3])), Err(Violation::Protocol("a close code has two bytes")));
        assert_eq!(close_with(1000, b""), Ok(Some((1000, Text(Bytes::new())))));
        let reason = Text("à bientôt".into());
        assert_eq!(close_with(4999, "à bientôt".as_bytes()), Ok(Some((4999, reason))));
        assert_eq!(close_with(1000, &[b'a', 0xC3]), Err(Violation::InvalidUtf8));
    }
}
