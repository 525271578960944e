//! For tests: frames of a client, and what a decoder makes of them.

use bytes::BytesMut;

use crate::{DecodeError, Decoder, Event, Opcode, Utf8Bytes, encode};

/// Returns a frame, masked with a key that shows when a byte takes the wrong part of it.
pub(crate) fn frame(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    masked(opcode, fin, [0x37, 0xFA, 0x21, 0x3D], payload)
}

/// Returns a frame, masked with this key.
pub(crate) fn masked(opcode: Opcode, fin: bool, key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode::masked_frame(opcode, fin, key, payload, &mut out);
    out.to_vec()
}

/// Returns a text message in one frame.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(Opcode::Text, true, text.as_bytes())
}

/// Returns the event that a text message makes.
pub(crate) fn text_event(text: &str) -> Event {
    Event::Text(Utf8Bytes::from_checked(text.to_owned().into()))
}

/// Returns the events until more bytes are needed, and the error that ended them.
pub(crate) fn drain(decoder: &mut Decoder) -> (Vec<Event>, Option<DecodeError>) {
    let mut events = Vec::new();
    loop {
        match decoder.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
}
