//! Parses an event stream (HTML standard, section 9.2.6) in pieces of any size. Has no sockets.

use std::{mem, time::Duration};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// An item of an event stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// An event. The name is empty if the stream gives none; the id is the last one so far.
    Event {
        name: String,
        id: String,
        data: String,
    },
    /// How long to wait before reconnecting.
    Retry(Duration),
}

/// The parser: the incomplete line and event.
#[derive(Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    /// Whether the last byte was a CR. An LF right after it does not end another line.
    after_return: bool,
    begun: bool,
    name: String,
    id: String,
    data: String,
}

impl Parser {
    /// Parses a piece and passes complete items to `out`.
    pub(super) fn feed(&mut self, mut piece: &[u8], out: &mut impl Extend<Said>) {
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let text = &piece[..end];
            let ended_by = piece[end];
            piece = &piece[end + 1..];
            let half = mem::replace(&mut self.after_return, ended_by == b'\r')
                && ended_by == b'\n'
                && text.is_empty();
            if half {
                continue;
            }
            self.line.extend_from_slice(text);
            let line = mem::take(&mut self.line);
            out.extend(self.line(&line));
        }
        self.after_return &= piece.is_empty();
        self.line.extend_from_slice(piece);
    }

    fn line(&mut self, line: &[u8]) -> Option<Said> {
        let first = !mem::replace(&mut self.begun, true);
        let line = if first {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        } else {
            line
        };
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => {
                value.clone_into(&mut self.id);
            }
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                return value
                    .parse()
                    .ok()
                    .map(|ms| Said::Retry(Duration::from_millis(ms)));
            }
            // Comments have an empty name; unknown fields are ignored.
            _ => {}
        }
        None
    }

    /// Ends an event at an empty line. Without data there is no event.
    fn dispatch(&mut self) -> Option<Said> {
        let name = mem::take(&mut self.name);
        let mut data = mem::take(&mut self.data);
        data.pop().map(|_| Said::Event {
            name,
            id: self.id.clone(),
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, id: &str, data: &str) -> Said {
        Said::Event {
            name: name.into(),
            id: id.into(),
            data: data.into(),
        }
    }

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Said> {
        let mut parser = Parser::default();
        let mut said = Vec::new();
        pieces
            .into_iter()
            .for_each(|piece| parser.feed(piece, &mut said));
        said
    }

    #[test]
    fn the_same_is_read_from_pieces_of_every_size() {
        let stream = "\u{feff}retry: 1500\r\n:\r\nid: 7-1\r\ndata: {\"a\":\"ä\"}\r\n\r\nevent: reset\ndata: 1\ndata:2\n\ndata: x\r\r:\n";
        let expected = [
            Said::Retry(Duration::from_millis(1500)),
            event("", "7-1", "{\"a\":\"ä\"}"),
            event("reset", "7-1", "1\n2"),
            event("", "7-1", "x"),
        ];
        for size in 1..=stream.len() {
            assert_eq!(
                read(stream.as_bytes().chunks(size)),
                expected,
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn an_event_needs_data_and_an_end() {
        assert_eq!(
            read([&b"event: a\n\nid: 1\n\ndata\n\n"[..]]),
            [event("", "1", "")]
        );
        assert_eq!(read([&b"data: x\n"[..]]), []);
    }

    #[test]
    fn fields_that_mean_nothing_are_ignored() {
        assert_eq!(
            read([&b"foo: 1\nretry: soon\nretry:\nid: a\0b\n:data: x\ndata:  y\n\n"[..]]),
            [event("", "", " y")]
        );
    }
}
