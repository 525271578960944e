//! How much memory a decoder keeps.

use super::LIMIT;
use crate::testing::{drain, frame, text};
use crate::{Decoder, Opcode};

#[test]
fn an_idle_decoder_is_small_and_owns_no_heap() {
    assert!(
        size_of::<Decoder>() <= 128,
        "{} bytes",
        size_of::<Decoder>()
    );
    let mut decoder = Decoder::new(1 << 20);
    assert_eq!((decoder.buffered(), decoder.allocated()), (0, 0));
    let large = vec![b'x'; 1 << 20];
    let halves = [
        frame(Opcode::Text, false, &large[1 << 19..]),
        frame(Opcode::Continuation, true, &large[1 << 19..]),
    ];
    for bytes in [frame(Opcode::Binary, true, &large), halves.concat()] {
        decoder.feed(&bytes);
        assert_eq!(drain(&mut decoder).0.len(), 1);
        assert_eq!((decoder.buffered(), decoder.allocated()), (0, 0));
    }
}

#[test]
fn the_beginning_of_a_frame_does_not_keep_the_memory_of_earlier_frames() {
    let large = [b'x'; LIMIT];
    let pings = frame(Opcode::Ping, true, &large[..100]).repeat(10);
    for before in [
        frame(Opcode::Binary, true, &large),
        frame(Opcode::Binary, false, &large),
        pings,
    ] {
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&[&before, &text("x")[..3]].concat());
        drop(drain(&mut decoder));
        assert_eq!(decoder.buffer.len(), 3);
        assert!(
            !decoder.buffer.has_room(LIMIT / 2),
            "the memory is still there"
        );
    }
}
