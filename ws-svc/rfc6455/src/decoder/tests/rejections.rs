//! What is rejected, and how early.

use bytes::Bytes;

use super::{LIMIT, decode};
use crate::testing::{frame, text, text_event};
use crate::{DecodeError, Decoder, Event, Opcode, ProtocolError};

fn error(bytes: &[u8]) -> DecodeError {
    match decode(bytes) {
        (events, Some(error)) if events.is_empty() => error,
        other => panic!("{bytes:02X?} gave {other:?}"),
    }
}

#[test]
fn fragments_in_the_wrong_order_are_rejected() {
    let unexpected = ProtocolError::UnexpectedContinuation.into();
    assert_eq!(error(&frame(Opcode::Continuation, true, b"x")), unexpected);
    assert_eq!(error(&frame(Opcode::Continuation, false, b"")), unexpected);
    let unfinished = ProtocolError::UnfinishedMessage.into();
    for second in [text("x"), frame(Opcode::Binary, false, b"x")] {
        assert_eq!(
            error(&[frame(Opcode::Text, false, b"x"), second].concat()),
            unfinished
        );
    }
    let again = [text("whole"), frame(Opcode::Continuation, true, b"x")].concat();
    assert_eq!(
        decode(&again),
        (vec![text_event("whole")], Some(unexpected))
    );
}

#[test]
fn a_bad_header_and_a_bad_close_are_rejected() {
    let unmasked = [0x81, 0x01, b'x'];
    assert_eq!(error(&unmasked), ProtocolError::Unmasked.into());
    assert_eq!(error(&[0xC1]), ProtocolError::ReservedBits.into());
    let half_a_code = frame(Opcode::Close, true, &[3]);
    assert_eq!(
        error(&half_a_code),
        ProtocolError::TruncatedCloseCode.into()
    );
    let reserved = frame(Opcode::Close, true, &1006_u16.to_be_bytes());
    assert_eq!(error(&reserved), ProtocolError::InvalidCloseCode.into());
    assert_eq!(
        error(&frame(Opcode::Close, true, b"\x03\xE8\xFF")),
        DecodeError::InvalidUtf8
    );
}

#[test]
fn four_gigabytes_are_rejected_by_their_header_and_nothing_is_buffered() {
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(&[0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
    let too_big = Err(DecodeError::MessageTooBig { limit: LIMIT });
    assert_eq!(decoder.next_event(), too_big);
    decoder.feed(&[0; 4096]);
    assert_eq!((decoder.buffered(), decoder.allocated()), (0, 0));
    assert_eq!(decoder.next_event(), too_big);
}

#[test]
fn the_limit_is_for_a_whole_message_and_inclusive() {
    let most = vec![b'x'; LIMIT];
    let whole = frame(Opcode::Binary, true, &most);
    assert_eq!(decode(&whole), (vec![Event::Binary(most.into())], None));
    let too_big = DecodeError::MessageTooBig { limit: LIMIT };
    let one_more = frame(Opcode::Binary, true, &[b'x'; LIMIT + 1]);
    assert_eq!(error(&one_more[..8]), too_big);

    let first = frame(Opcode::Text, false, &[b'x'; LIMIT - 3]);
    let fits = [&first, &frame(Opcode::Continuation, true, b"abc")[..]].concat();
    assert_eq!(decode(&fits).1, None);
    let exceeds = [&first, &frame(Opcode::Continuation, false, b"abcd")[..6]].concat();
    assert_eq!(error(&exceeds), too_big);
    let pinged = [first, frame(Opcode::Ping, true, b"abcd")].concat();
    assert_eq!(
        decode(&pinged),
        (vec![Event::Ping(Bytes::from_static(b"abcd"))], None)
    );
}

#[test]
fn an_impossible_byte_of_a_text_is_rejected_before_its_frame_is_complete() {
    let whole = frame(Opcode::Text, true, b"caf\xE9 and a long rest");
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(&whole[..6 + 4]);
    assert_eq!(
        decoder.next_event(),
        Ok(None),
        "this could be the first byte of three"
    );
    decoder.feed(&whole[6 + 4..6 + 5]);
    assert_eq!(decoder.next_event(), Err(DecodeError::InvalidUtf8));
}

#[test]
fn a_character_may_be_split_between_fragments_but_not_left_incomplete() {
    let [first, second] = [&"€".as_bytes()[..1], &"€".as_bytes()[1..]];
    let start = frame(Opcode::Text, false, first);
    let split = [&start[..], &frame(Opcode::Continuation, true, second)].concat();
    assert_eq!(decode(&split), (vec![text_event("€")], None));
    let broken = [&start[..], &frame(Opcode::Continuation, false, b"x")].concat();
    assert_eq!(error(&broken), DecodeError::InvalidUtf8);
    let unfinished = [&start[..], &frame(Opcode::Continuation, true, b"")].concat();
    assert_eq!(error(&unfinished), DecodeError::InvalidUtf8);
    assert_eq!(
        error(&frame(Opcode::Text, true, first)),
        DecodeError::InvalidUtf8
    );
    assert_eq!(decode(&frame(Opcode::Binary, true, first)).1, None);
}
