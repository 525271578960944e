//! Headers of frames (section 5.2).

use crate::{MAX_CONTROL_PAYLOAD, Opcode, ProtocolError};

/// The header of a masked frame: 6 to 14 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) opcode: Opcode,
    /// This is the last fragment of its message.
    pub(crate) fin: bool,
    /// The masking key.
    pub(crate) key: [u8; 4],
    /// The length of the payload in bytes, as declared: up to 2^63 - 1, and not yet compared with
    /// any limit.
    pub(crate) len: u64,
}

impl Header {
    /// Parses the header at the start of `bytes`. Returns it with its own length, or `None` while
    /// bytes are missing.
    ///
    /// # Errors
    ///
    /// The rule that this header breaks whatever came before it, at the first byte that shows it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let (opcode, fin) = parse_first(first)?;
        let Some(&second) = bytes.get(1) else {
            return Ok(None);
        };
        let short_len = parse_second(opcode, second)?;
        let Some((len, after)) = parse_len(short_len, &bytes[2..])? else {
            return Ok(None);
        };
        let Some(&key) = after.first_chunk() else {
            return Ok(None);
        };
        let header_len = bytes.len() - after.len() + key.len();
        Ok(Some((
            Self {
                opcode,
                fin,
                key,
                len,
            },
            header_len,
        )))
    }
}

/// Opcode and FIN bit.
fn parse_first(byte: u8) -> Result<(Opcode, bool), ProtocolError> {
    if byte & 0x70 != 0 {
        return Err(ProtocolError::ReservedBits);
    }
    let opcode = Opcode::from_bits(byte & 0x0F).ok_or(ProtocolError::UnknownOpcode)?;
    let fin = byte & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(ProtocolError::FragmentedControl);
    }
    Ok((opcode, fin))
}

/// Returns the seven bits of the length. 126 and 127 mean that it follows in two or eight bytes.
fn parse_second(opcode: Opcode, byte: u8) -> Result<u8, ProtocolError> {
    if byte & 0x80 == 0 {
        return Err(ProtocolError::Unmasked);
    }
    let short_len = byte & 0x7F;
    if opcode.is_control() && usize::from(short_len) > MAX_CONTROL_PAYLOAD {
        return Err(ProtocolError::ControlTooLong);
    }
    Ok(short_len)
}

/// Returns the length of the payload and the bytes that follow it; `None` while some of its own
/// bytes are missing.
fn parse_len(short_len: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, ProtocolError> {
    let (len, after, min) = match short_len {
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
        return Err(ProtocolError::LengthTopBit);
    }
    if len < min {
        return Err(ProtocolError::LengthNotMinimal);
    }
    Ok(Some((len, after)))
}

#[cfg(test)]
mod tests;
