//! Frames in, messages out: what is heard, what is refused, and what is kept meanwhile.

use super::*;
use crate::rfc6455::spoken::{drain, frame, heard, masked, text, unbounded};

const LIMIT: usize = 1024;

fn decode(bytes: &[u8]) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = unbounded(LIMIT);
    decoder.feed(bytes);
    drain(&mut decoder)
}

fn refused(bytes: &[u8]) -> Violation {
    match decode(bytes) {
        (said, Some(violation)) if said.is_empty() => violation,
        other => panic!("{bytes:02X?} gave {other:?}"),
    }
}

#[test]
fn a_masked_text_from_the_rfc_is_heard() {
    let hello = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];
    assert_eq!(decode(&hello), (vec![heard("Hello")], None));
}

#[test]
fn every_kind_of_frame_is_heard_in_order_and_empty_ones_too() {
    let said = [
        text("é"),
        text(""),
        frame(Opcode::Binary, true, &[0xFF, 0]),
        frame(Opcode::Binary, true, b""),
        frame(Opcode::Ping, true, b"are you there"),
        frame(Opcode::Pong, true, b"yes"),
        frame(Opcode::Close, true, b"\x03\xE8done"),
    ];
    let Incoming::Text(done) = heard("done") else { panic!("a text is heard as such") };
    let expected = vec![
        heard("é"),
        heard(""),
        Incoming::Binary(Bytes::from_static(&[0xFF, 0])),
        Incoming::Binary(Bytes::new()),
        Incoming::Ping(Bytes::from_static(b"are you there")),
        Incoming::Pong,
        Incoming::Close(Some((1000, done))),
    ];
    assert_eq!(decode(&said.concat()), (expected, None));
}

#[test]
fn a_ping_between_two_fragments_is_heard_before_the_message_they_make() {
    let mut decoder = unbounded(LIMIT);
    decoder.feed(&frame(Opcode::Text, false, b"Hel"));
    assert_eq!(decoder.next(), Ok(None));
    decoder.feed(&frame(Opcode::Ping, true, b"?"));
    assert_eq!(decoder.next(), Ok(Some(Incoming::Ping(Bytes::from_static(b"?")))));
    decoder.feed(&frame(Opcode::Continuation, false, b""));
    assert_eq!(decoder.next(), Ok(None));
    decoder.feed(&masked(Opcode::Continuation, true, [9, 8, 7, 6], b"lo"));
    assert_eq!(decoder.next(), Ok(Some(heard("Hello"))));
    assert_eq!(decoder.next(), Ok(None));
}

#[test]
fn frames_out_of_turn_are_refused() {
    let nothing = Violation::Protocol("there is no message to continue");
    assert_eq!(refused(&frame(Opcode::Continuation, true, b"x")), nothing);
    assert_eq!(refused(&frame(Opcode::Continuation, false, b"")), nothing);
    let unfinished = Violation::Protocol("the message before is not finished");
    for second in [text("x"), frame(Opcode::Binary, false, b"x")] {
        assert_eq!(refused(&[frame(Opcode::Text, false, b"x"), second].concat()), unfinished);
    }
    let again = [text("whole"), frame(Opcode::Continuation, true, b"x")].concat();
    assert_eq!(decode(&again), (vec![heard("whole")], Some(nothing)));
}

#[test]
fn what_the_header_gives_away_is_refused_and_so_is_a_bad_close() {
    let unmasked = [0x81, 0x01, b'x'];
    assert_eq!(refused(&unmasked), Violation::Protocol("a client's frames must be masked"));
    assert_eq!(refused(&[0xC1]), Violation::Protocol("reserved bits must be 0"));
    let half_a_code = frame(Opcode::Close, true, &[3]);
    assert_eq!(refused(&half_a_code), Violation::Protocol("a close code has two bytes"));
    let reserved = frame(Opcode::Close, true, &1006_u16.to_be_bytes());
    assert_eq!(refused(&reserved), Violation::Protocol("no such close code"));
    assert_eq!(refused(&frame(Opcode::Close, true, b"\x03\xE8\xFF")), Violation::InvalidUtf8);
}

#[test]
fn four_gigabytes_are_refused_by_their_header_and_nothing_is_kept() {
    let mut decoder = unbounded(LIMIT);
    decoder.feed(&[0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
    let too_big = Err(Violation::TooBig { limit: LIMIT });
    assert_eq!(decoder.next(), too_big);
    decoder.feed(&[0; 4096]);
    assert_eq!(decoder.held(), (0, 0));
    assert_eq!(decoder.next(), too_big);
}

#[test]
fn the_limit_counts_a_whole_message_and_is_inclusive() {
    let most = vec![b'x'; LIMIT];
    let whole = frame(Opcode::Binary, true, &most);
    assert_eq!(decode(&whole), (vec![Incoming::Binary(most.into())], None));
    let too_big = Violation::TooBig { limit: LIMIT };
    let one_more = frame(Opcode::Binary, true, &[b'x'; LIMIT + 1]);
    assert_eq!(refused(&one_more[..8]), too_big);

    let first = frame(Opcode::Text, false, &[b'x'; LIMIT - 3]);
    let fits = [&first, &frame(Opcode::Continuation, true, b"abc")[..]].concat();
    assert_eq!(decode(&fits).1, None);
    let exceeds = [&first, &frame(Opcode::Continuation, false, b"abcd")[..6]].concat();
    assert_eq!(refused(&exceeds), too_big);
    let pinged = [first, frame(Opcode::Ping, true, b"abcd")].concat();
    assert_eq!(decode(&pinged), (vec![Incoming::Ping(Bytes::from_static(b"abcd"))], None));
}

#[test]
fn a_byte_no_text_can_have_is_refused_before_its_frame_is_complete() {
    let whole = frame(Opcode::Text, true, b"caf\xE9 and a long rest");
    let mut decoder = unbounded(LIMIT);
    decoder.feed(&whole[..6 + 4]);
    assert_eq!(decoder.next(), Ok(None), "it could be the first of three");
    decoder.feed(&whole[6 + 4..6 + 5]);
    assert_eq!(decoder.next(), Err(Violation::InvalidUtf8));
}

#[test]
fn a_character_may_be_split_between_frames_but_not_left_unfinished() {
    let [first, second] = [&"€".as_bytes()[..1], &"€".as_bytes()[1..]];
    let start = frame(Opcode::Text, false, first);
    let split = [&start[..], &frame(Opcode::Continuation, true, second)].concat();
    assert_eq!(decode(&split), (vec![heard("€")], None));
    let broken = [&start[..], &frame(Opcode::Continuation, false, b"x")].concat();
    assert_eq!(refused(&broken), Violation::InvalidUtf8);
    let unfinished = [&start[..], &frame(Opcode::Continuation, true, b"")].concat();
    assert_eq!(refused(&unfinished), Violation::InvalidUtf8);
    assert_eq!(refused(&frame(Opcode::Text, true, first)), Violation::InvalidUtf8);
    assert_eq!(decode(&frame(Opcode::Binary, true, first)).1, None);
}

#[test]
fn nothing_is_heard_after_a_close_and_a_violation_is_repeated() {
    let mut decoder = unbounded(LIMIT);
    decoder.feed(&[frame(Opcode::Close, true, b""), text("too late")].concat());
    assert_eq!(decoder.next(), Ok(Some(Incoming::Close(None))));
    decoder.feed(&text("later still"));
    assert_eq!((decoder.next(), decoder.held()), (Ok(None), (0, 0)));

    let mut decoder = unbounded(LIMIT);
    decoder.feed(&[0xFF]);
    let violation = decoder.next();
    assert_eq!(violation, Err(Violation::Protocol("reserved bits must be 0")));
    decoder.feed(&text("innocent"));
    assert_eq!(decoder.next(), violation);
}

#[test]
fn an_idle_decoder_is_small_and_owns_no_heap() {
    assert!(size_of::<Decoder>() <= 128, "{} bytes", size_of::<Decoder>());
    let mut decoder = unbounded(1 << 20);
    assert_eq!(decoder.held(), (0, 0));
    let large = vec![b'x'; 1 << 20];
    let halves = [frame(Opcode::Text, false, &large[1 << 19..]), frame(Opcode::Continuation, true, &large[1 << 19..])];
    for bytes in [frame(Opcode::Binary, true, &large), halves.concat()] {
        decoder.feed(&bytes);
        assert_eq!(drain(&mut decoder).0.len(), 1);
        assert_eq!(decoder.held(), (0, 0));
    }
}

#[test]
fn the_beginning_of_a_frame_does_not_keep_the_memory_of_what_came_before_it() {
    let large = [b'x'; LIMIT];
    let pings = frame(Opcode::Ping, true, &large[..100]).repeat(10);
    for before in [frame(Opcode::Binary, true, &large), frame(Opcode::Binary, false, &large), pings] {
        let mut decoder = unbounded(LIMIT);
        decoder.feed(&[&before, &text("x")[..3]].concat());
        drop(drain(&mut decoder));
        assert_eq!(decoder.inbox.len(), 3);
        assert!(!decoder.inbox.try_reclaim(LIMIT / 2), "the memory is still there");
    }
}
