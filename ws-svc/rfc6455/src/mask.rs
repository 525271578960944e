//! Masking of payloads (section 5.3). Masking twice with one key restores the payload.

/// Masks or unmasks `payload`, eight bytes at a time. The first byte takes the first byte of `key`.
pub(crate) fn apply(payload: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = payload.as_chunks_mut();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= mask;
    }
}

/// Returns the key for the rest of a payload that begins after `offset` bytes.
pub(crate) fn key_at(mut key: [u8; 4], offset: usize) -> [u8; 4] {
    key.rotate_left(offset % 4);
    key
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
            apply(head, key);
            apply(tail, key_at(key, cut));
            assert_eq!(bytes, plain, "cut at {cut}");
        }
    }
}
