//! For tests: a client's frames, as bytes.

use super::header::Opcode;
use common::budget::Budget;

use super::{Decoder, Incoming, Text, Violation};

/// A decoder for messages of so many bytes that nobody counts.
pub(crate) fn unbounded(limit: usize) -> Decoder {
    Decoder::new(limit, Budget::new(usize::MAX).share(None))
}

/// One frame, masked with a key that makes a byte of the wrong place visible.
pub(crate) fn frame(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    masked(opcode, fin, [0x37, 0xFA, 0x21, 0x3D], payload)
}

/// One frame with this key.
pub(crate) fn masked(opcode: Opcode, fin: bool, key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::from(fin) << 7 | opcode as u8];
    match payload.len() {
        short @ ..126 => bytes.push(0x80 | short as u8),
        medium @ ..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(key);
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A whole text in one frame.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(Opcode::Text, true, text.as_bytes())
}

/// The text a decoder makes of it.
pub(crate) fn heard(text: &str) -> Incoming {
    Incoming::Text(Text(text.to_owned().into()))
}

/// Everything that is complete, and the violation that ended it.
pub(crate) fn drain(decoder: &mut Decoder) -> (Vec<Incoming>, Option<Violation>) {
    let mut said = Vec::new();
    loop {
        match decoder.next() {
            Ok(Some(incoming)) => said.push(incoming),
            Ok(None) => return (said, None),
            Err(violation) => return (said, Some(violation)),
        }
    }
}
