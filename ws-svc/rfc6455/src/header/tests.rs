//! Headers, and at which byte they are rejected.

use super::*;

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

fn error(bytes: &[u8]) -> ProtocolError {
    Header::parse(bytes).expect_err("this breaks a rule")
}

#[test]
fn a_length_in_any_form_is_parsed_once_it_is_complete() {
    let forms: [(&[u8], u64); 7] = [
        (&[0x80], 0),
        (&[0xFD], 125),
        (&[0xFE, 0x00, 0x7E], 126),
        (&[0xFE, 0xFF, 0xFF], 65_535),
        (&[0xFF, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
        (&[0xFF, 0, 0, 0, 1, 0, 0, 0, 0], 1 << 32),
        (
            &[0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255],
            (1 << 63) - 1,
        ),
    ];
    for (form, len) in forms {
        let bytes = [&[0x82], form, &KEY, b"payload"].concat();
        let header_len = 1 + form.len() + KEY.len();
        let header = Header {
            opcode: Opcode::Binary,
            fin: true,
            key: KEY,
            len,
        };
        assert_eq!(Header::parse(&bytes), Ok(Some((header, header_len))));
        for missing in 0..header_len {
            assert_eq!(
                Header::parse(&bytes[..missing]),
                Ok(None),
                "{len} cut at {missing}"
            );
        }
    }
}

#[test]
fn the_first_byte_shows_reserved_bits_unknown_opcodes_and_fragmented_control_frames() {
    for bits in [0x40, 0x20, 0x10, 0x70] {
        assert_eq!(error(&[0x81 | bits]), ProtocolError::ReservedBits);
    }
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        assert_eq!(error(&[0x80 | opcode]), ProtocolError::UnknownOpcode);
    }
    for control in [0x08, 0x09, 0x0A] {
        assert_eq!(error(&[control]), ProtocolError::FragmentedControl);
    }
}

#[test]
fn the_second_byte_shows_missing_masks_and_long_control_frames() {
    assert_eq!(error(&[0x81, 0x05]), ProtocolError::Unmasked);
    for control in [0x88, 0x89, 0x8A] {
        assert_eq!(error(&[control, 0xFE]), ProtocolError::ControlTooLong);
        assert_eq!(error(&[control, 0xFF]), ProtocolError::ControlTooLong);
    }
}

#[test]
fn a_length_that_is_not_minimal_or_above_63_bits_is_rejected_before_the_key() {
    assert_eq!(
        error(&[0x82, 0xFE, 0, 125]),
        ProtocolError::LengthNotMinimal
    );
    assert_eq!(
        error(&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 255, 255]),
        ProtocolError::LengthNotMinimal
    );
    assert_eq!(
        error(&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ProtocolError::LengthTopBit
    );
}
