//! Tests of event streams.

use super::*;
use proptest::{collection::vec, prelude::*};

const STREAM: &str = "\u{feff}retry: 1500\r\n:\r\nid: 7-1\r\ndata: {\"a\":\"ä\"}\r\n\r\nevent: reset\n\
    data: 1\ndata:2\n\ndata: x\r\r:\n";

fn event(name: &str, id: &str, data: &str) -> Item {
    Item::Event {
        name: name.into(),
        id: id.into(),
        data: data.into(),
    }
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut parser = Parser::default();
    let mut items = Vec::new();
    for piece in pieces {
        parser.feed(piece, &mut items);
    }
    items
}

proptest! {
    #[test]
    fn pieces_may_end_anywhere(cuts in vec(0..=STREAM.len(), 0..12)) {
        let mut cuts = [vec![0], cuts, vec![STREAM.len()]].concat();
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| &STREAM.as_bytes()[ends[0]..ends[1]]);
        prop_assert_eq!(read(pieces), [
            Item::Retry(Duration::from_millis(1500)),
            event("", "7-1", "{\"a\":\"ä\"}"),
            event("reset", "7-1", "1\n2"),
            event("", "7-1", "x"),
        ]);
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..200), size in 1usize..9) {
        read(bytes.chunks(size));
    }
}

#[test]
fn an_event_needs_data_and_an_end() {
    let event_and_id = b"event: a\n\nid: 1\n\ndata\n\n";
    assert_eq!(read([&event_and_id[..]]), [event("", "1", "")]);
    assert_eq!(read([&b"data: x\n"[..]]), []);
}

#[test]
fn unknown_and_invalid_fields_are_ignored() {
    let stream = b"foo: 1\nretry: soon\nretry:\nid: a\0b\n:data: x\ndata:  y\n\n";
    assert_eq!(read([&stream[..]]), [event("", "", " y")]);
}
