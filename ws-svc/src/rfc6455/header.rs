//! The first 6 to 14 bytes of a client's frame: what it is, how long, and its masking key.
//! Refuses what no server may accept from any client, as early as the byte that gives it away.
//! Whether a frame may come *now* is for `decoder` to say, which knows what came before.

use super::Violation;

/// The most a control frame may carry.
pub(crate) const MAX_CONTROL: usize = 125;

/// What a frame is for (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

impl Opcode {
    fn parse(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// Control frames are short, whole, and may come between the pieces of a message.
    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A frame as announced, before any of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) opcode: Opcode,
    /// Nothing of this message follows.
    pub(crate) fin: bool,
    pub(crate) key: [u8; 4],
    /// As declared: not to be believed before it was held against a limit.
    pub(crate) len: u64,
}

impl Header {
    /// The header at the front of `bytes` and how many of them it takes; `None` while some are missing.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let (opcode, fin) = kind(first)?;
        let Some(&second) = bytes.get(1) else {
            return Ok(None);
        };
        let code = short_length(opcode, second)?;
        let Some((len, after)) = length(code, &bytes[2..])? else {
            return Ok(None);
        };
        let Some(&key) = after.first_chunk() else {
            return Ok(None);
        };
        let taken = bytes.len() - after.len() + key.len();
        Ok(Some((Self { opcode, fin, key, len }, taken)))
    }
}

fn kind(first: u8) -> Result<(Opcode, bool), Violation> {
    if first & 0x70 != 0 {
        return Err(Violation::Protocol("reserved bits must be 0"));
    }
    let opcode = Opcode::parse(first & 0x0F).ok_or(Violation::Protocol("no such opcode"))?;
    let fin = first & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(Violation::Protocol("a control frame must not be fragmented"));
    }
    Ok((opcode, fin))
}

/// The seven bits that are the length, or say (126, 127) that it follows in two or eight bytes.
fn short_length(opcode: Opcode, second: u8) -> Result<u8, Violation> {
    if second & 0x80 == 0 {
        return Err(Violation::Protocol("a client's frames must be masked"));
    }
    let code = second & 0x7F;
    if opcode.is_control() && usize::from(code) > MAX_CONTROL {
        return Err(Violation::Protocol("a control frame may carry at most 125 bytes"));
    }
    Ok(code)
}

/// The length and the bytes after it; `None` while some of its own are missing.
fn length(code: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, Violation> {
    let (len, after, least) = match code {
        126 => match rest.split_first_chunk() {
            Some((two, after)) => (u64::from(u16::from_be_bytes(*two)), after, 126),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((eight, after)) => (u64::from_be_bytes(*eight), after, 1 << 16),
            None => return Ok(None),
        },
        short => (u64::from(short), rest, 0),
    };
    if len >> 63 != 0 {
        return Err(Violation::Protocol("a length must not have its top bit set"));
    }
    if len < least {
        return Err(Violation::Protocol("a length must take the shortest form"));
    }
    Ok(Some((len, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

    fn refused(bytes: &[u8]) -> &'static str {
        match Header::parse(bytes) {
            Err(Violation::Protocol(rule)) => rule,
            other => panic!("{bytes:02X?} gave {other:?}"),
        }
    }

    #[test]
    fn every_length_form_is_read_and_only_once_it_is_complete() {
        let forms: [(&[u8], u64); 7] = [
            (&[0x80], 0),
            (&[0xFD], 125),
            (&[0xFE, 0x00, 0x7E], 126),
            (&[0xFE, 0xFF, 0xFF], 65_535),
            (&[0xFF, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
            (&[0xFF, 0, 0, 0, 1, 0, 0, 0, 0], 1 << 32),
            (&[0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255], (1 << 63) - 1),
        ];
        for (form, len) in forms {
            let bytes = [&[0x82], form, &KEY, b"payload"].concat();
            let taken = 1 + form.len() + KEY.len();
            let header = Header { opcode: Opcode::Binary, fin: true, key: KEY, len };
            assert_eq!(Header::parse(&bytes), Ok(Some((header, taken))));
            for missing in 0..taken {
                assert_eq!(Header::parse(&bytes[..missing]), Ok(None), "{len} cut at {missing}");
            }
        }
    }

    #[test]
    fn the_first_byte_alone_gives_away_reserved_bits_opcodes_and_fragmented_controls() {
        for bits in [0x40, 0x20, 0x10, 0x70] {
            assert_eq!(refused(&[0x81 | bits]), "reserved bits must be 0");
        }
        for opcode in (0x3..=0x7).chain(0xB..=0xF) {
            assert_eq!(refused(&[0x80 | opcode]), "no such opcode");
        }
        for control in [0x08, 0x09, 0x0A] {
            assert_eq!(refused(&[control]), "a control frame must not be fragmented");
        }
    }

    #[test]
    fn the_second_byte_gives_away_missing_masks_and_long_controls() {
        assert_eq!(refused(&[0x81, 0x05]), "a client's frames must be masked");
        for control in [0x88, 0x89, 0x8A] {
            assert_eq!(refused(&[control, 0xFE]), "a control frame may carry at most 125 bytes");
            assert_eq!(refused(&[control, 0xFF]), "a control frame may carry at most 125 bytes");
        }
    }

    #[test]
    fn lengths_in_a_longer_form_than_needed_or_above_63_bits_are_refused_before_the_key() {
        let longer = "a length must take the shortest form";
        assert_eq!(refused(&[0x82, 0xFE, 0, 125]), longer);
        assert_eq!(refused(&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 255, 255]), longer);
        let top_bit = "a length must not have its top bit set";
        assert_eq!(refused(&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]), top_bit);
    }
}
