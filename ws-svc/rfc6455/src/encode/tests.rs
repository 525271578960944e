//! Frames, byte for byte.

use super::*;

fn encoded(write: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
    let mut out = BytesMut::new();
    write(&mut out);
    out.to_vec()
}

#[test]
fn small_frames_are_exact() {
    assert_eq!(encoded(|out| text(b"", out)), [0x81, 0]);
    assert_eq!(encoded(|out| text(b"Hello", out)), b"\x81\x05Hello");
    assert_eq!(encoded(|out| ping(b"", out)), [0x89, 0]);
    assert_eq!(encoded(|out| pong(b"Hello", out)), b"\x8A\x05Hello");
}

#[test]
fn lengths_take_the_shortest_form() {
    let forms: [(usize, &[u8]); 5] = [
        (0, &[0]),
        (125, &[125]),
        (126, &[126, 0, 126]),
        (65_535, &[126, 0xFF, 0xFF]),
        (65_536, &[127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ];
    for (len, form) in forms {
        let payload = vec![b'x'; len];
        let expected = [&[0x81], form, &payload].concat();
        assert!(
            encoded(|out| text(&payload, out)) == expected,
            "{len} bytes"
        );
    }
}

#[test]
fn a_close_carries_its_code_and_reason() {
    assert_eq!(
        encoded(|out| close(1001, "bye", out)),
        [0x88, 5, 0x03, 0xE9, b'b', b'y', b'e']
    );
    assert_eq!(encoded(|out| close(1000, "", out)), [0x88, 2, 0x03, 0xE8]);
    assert_eq!(encoded(close_without_code), [0x88, 0]);
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let longest = "a".repeat(123);
    assert_eq!(
        encoded(|out| close(1000, &longest, out))[4..],
        *longest.as_bytes()
    );
    let cut = encoded(|out| close(1000, &"€".repeat(100), out));
    assert_eq!(cut[1], 2 + 123);
    let cut = encoded(|out| close(1000, &format!("a{}", "€".repeat(100)), out));
    assert_eq!(cut[1], 2 + 121);
    assert!(std::str::from_utf8(&cut[4..]).is_ok());
}

#[test]
fn frames_are_appended() {
    let both = encoded(|out| {
        text(b"a", out);
        ping(b"b", out);
    });
    assert_eq!(both, [0x81, 1, b'a', 0x89, 1, b'b']);
}

#[test]
fn a_masked_frame_is_the_one_of_section_5_7() {
    let hello =
        encoded(|out| masked_frame(Opcode::Text, true, [0x37, 0xFA, 0x21, 0x3D], b"Hello", out));
    assert_eq!(
        hello,
        [
            0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58
        ]
    );
    let fragment =
        encoded(|out| masked_frame(Opcode::Continuation, false, [0; 4], &[b'x'; 126], out));
    assert_eq!(
        fragment,
        [&[0x00, 0xFE, 0, 126, 0, 0, 0, 0], &[b'x'; 126][..]].concat()
    );
}
