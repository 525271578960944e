//! Bytes with places for the parts of a cursor, which a subscriber's next request contains.

use bytes::BytesMut;
use memchr::memchr;

/// Separates the parts of a cursor. It occurs in no header and in no id.
pub(crate) const SEPARATOR: u8 = b'\n';
/// Begins a place in the text of a template; a digit follows. It occurs in no request.
const MARK: u8 = 0;

/// Returns the place of a part of the cursor, counted from 0 to 9.
pub(crate) fn place(part: usize) -> String {
    format!("\0{part}")
}

#[derive(Clone, Debug)]
pub(crate) struct Template {
    first: Vec<u8>,
    /// The part of the cursor, and what follows it.
    rest: Vec<(usize, Vec<u8>)>,
}

impl Template {
    /// Parses bytes in which each place is written as [`place`] returns it.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut pieces = bytes.split(|byte| *byte == MARK);
        let first = pieces.next().unwrap_or_default().to_vec();
        let rest = pieces.filter_map(|piece| {
            let (digit, after) = piece.split_first()?;
            Some((usize::from(digit.wrapping_sub(b'0')), after.to_vec()))
        });
        Self {
            first,
            rest: rest.collect(),
        }
    }

    /// Appends the bytes with the parts of this cursor. A part that it does not have is empty.
    pub(crate) fn write(&self, cursor: &[u8], out: &mut BytesMut) {
        out.extend_from_slice(&self.first);
        for (part, after) in &self.rest {
            out.extend_from_slice(nth(cursor, *part));
            out.extend_from_slice(after);
        }
    }
}

fn nth(cursor: &[u8], part: usize) -> &[u8] {
    if part == 0 && memchr(SEPARATOR, cursor).is_none() {
        return cursor;
    }
    let mut parts = cursor.split(|byte| *byte == SEPARATOR);
    parts.nth(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_cursor_stand_where_their_places_are() {
        let text = format!("GET /{}?{}{}", place(1), place(0), place(2));
        let template = Template::parse(text.as_bytes());
        let written = |cursor: &[u8]| {
            let mut out = BytesMut::new();
            template.write(cursor, &mut out);
            String::from_utf8(out.to_vec()).unwrap()
        };
        assert_eq!(written(b"a\nb\nc"), "GET /b?ac");
        assert_eq!(written(b"a"), "GET /?a");
    }
}
