//! Which events frames make.

use bytes::Bytes;

use crate::testing::{drain, frame, masked, text, text_event};
use crate::{CloseFrame, DecodeError, Decoder, Event, Opcode, ProtocolError, Utf8Bytes};

mod memory;
mod rejections;

/// The longest message, in bytes.
const LIMIT: usize = 1024;

fn decode(bytes: &[u8]) -> (Vec<Event>, Option<DecodeError>) {
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(bytes);
    drain(&mut decoder)
}

#[test]
fn the_masked_text_of_section_5_7_is_decoded() {
    let hello = [
        0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58,
    ];
    assert_eq!(decode(&hello), (vec![text_event("Hello")], None));
}

#[test]
fn every_kind_of_frame_is_decoded_in_order_and_empty_ones_too() {
    let events = [
        text("é"),
        text(""),
        frame(Opcode::Binary, true, &[0xFF, 0]),
        frame(Opcode::Binary, true, b""),
        frame(Opcode::Ping, true, b"are you there"),
        frame(Opcode::Pong, true, b"yes"),
        frame(Opcode::Close, true, b"\x03\xE8done"),
    ];
    let expected = vec![
        text_event("é"),
        text_event(""),
        Event::Binary(Bytes::from_static(&[0xFF, 0])),
        Event::Binary(Bytes::new()),
        Event::Ping(Bytes::from_static(b"are you there")),
        Event::Pong,
        Event::Close(Some(CloseFrame {
            code: 1000,
            reason: Utf8Bytes::from_checked("done".into()),
        })),
    ];
    assert_eq!(decode(&events.concat()), (expected, None));
}

#[test]
fn a_ping_between_two_fragments_comes_before_their_message() {
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(&frame(Opcode::Text, false, b"Hel"));
    assert_eq!(decoder.next_event(), Ok(None));
    decoder.feed(&frame(Opcode::Ping, true, b"?"));
    assert_eq!(
        decoder.next_event(),
        Ok(Some(Event::Ping(Bytes::from_static(b"?"))))
    );
    decoder.feed(&frame(Opcode::Continuation, false, b""));
    assert_eq!(decoder.next_event(), Ok(None));
    decoder.feed(&masked(Opcode::Continuation, true, [9, 8, 7, 6], b"lo"));
    assert_eq!(decoder.next_event(), Ok(Some(text_event("Hello"))));
    assert_eq!(decoder.next_event(), Ok(None));
}

#[test]
fn nothing_follows_a_close_and_an_error_is_repeated() {
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(&[frame(Opcode::Close, true, b""), text("too late")].concat());
    assert_eq!(decoder.next_event(), Ok(Some(Event::Close(None))));
    decoder.feed(&text("later still"));
    assert_eq!((decoder.next_event(), decoder.allocated()), (Ok(None), 0));

    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(&[0xFF]);
    let error = decoder.next_event();
    assert_eq!(error, Err(ProtocolError::ReservedBits.into()));
    decoder.feed(&text("innocent"));
    assert_eq!(decoder.next_event(), error);
}

#[test]
fn a_message_is_incomplete_from_its_first_byte_to_its_last() {
    let mut decoder = Decoder::new(LIMIT);
    let mut after = |bytes: &[u8]| {
        decoder.feed(bytes);
        drain(&mut decoder);
        decoder.incomplete()
    };
    let (begin, end) = (
        frame(Opcode::Text, false, b"a"),
        frame(Opcode::Continuation, true, b"b"),
    );
    assert_eq!(after(b""), None);
    assert_eq!(
        [
            after(&begin[..1]),
            after(&begin[1..]),
            after(&frame(Opcode::Ping, true, b""))
        ],
        [Some(0); 3]
    );
    assert_eq!([after(&end), after(&text("a"))], [None; 2]);
    assert_eq!(
        [after(&begin), after(&[&end[..], &begin].concat())],
        [Some(2), Some(3)]
    );
    assert_eq!(
        [after(&frame(Opcode::Close, true, b"")), after(b"x")],
        [None; 2]
    );
}
