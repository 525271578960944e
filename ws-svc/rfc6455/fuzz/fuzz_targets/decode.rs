//! Arbitrary bytes in arbitrary parts: no panic, no memory beyond the limit, and the same events
//! and error as at once.
//!
//! Input: the number of part sizes, the sizes, and the bytes that the client sends. Each number is
//! a byte.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rfc6455::{DecodeError, Decoder, Event, MAX_CONTROL_PAYLOAD};

/// The longest message, in bytes.
const LIMIT: usize = 512;
/// The longest header and a control frame may be buffered in addition to a message.
const MAX_BUFFERED: usize = LIMIT + 14 + MAX_CONTROL_PAYLOAD;

fuzz_target!(|input: &[u8]| {
    let Some((count, rest)) = input.split_first() else {
        return;
    };
    let (sizes, bytes) = rest.split_at(rest.len().min(usize::from(*count % 8)));
    assert_eq!(decode_in_parts(bytes, sizes), decode_at_once(bytes));
});

fn decode_at_once(bytes: &[u8]) -> (Vec<Event>, Option<DecodeError>) {
    let mut decoder = Decoder::new(LIMIT);
    decoder.feed(bytes);
    let (events, error) = drain(&mut decoder);
    check(&mut decoder, &events, error);
    (events, error)
}

fn decode_in_parts(mut bytes: &[u8], sizes: &[u8]) -> (Vec<Event>, Option<DecodeError>) {
    let (mut decoder, mut events, mut error) = (Decoder::new(LIMIT), Vec::new(), None);
    let mut sizes = sizes.iter().map(|size| usize::from(*size).max(1)).cycle();
    while !bytes.is_empty() {
        let (part, after) = bytes.split_at(sizes.next().unwrap_or(1).min(bytes.len()));
        decoder.feed(part);
        let (more, result) = drain(&mut decoder);
        check(&mut decoder, &more, result);
        events.extend(more);
        (bytes, error) = (after, result);
    }
    (events, error)
}

fn drain(decoder: &mut Decoder) -> (Vec<Event>, Option<DecodeError>) {
    let mut events = Vec::new();
    loop {
        match decoder.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
}

/// What holds whenever the decoder waits for more bytes.
fn check(decoder: &mut Decoder, events: &[Event], error: Option<DecodeError>) {
    assert!(
        decoder.buffered() <= MAX_BUFFERED,
        "{} bytes buffered",
        decoder.buffered()
    );
    assert!(
        decoder.allocated() <= 2 * MAX_BUFFERED,
        "{} bytes allocated",
        decoder.allocated()
    );
    assert!(events.iter().all(|event| event.payload_len() <= LIMIT));
    let close_at = events
        .iter()
        .position(|event| matches!(event, Event::Close(_)));
    assert!(
        close_at.is_none_or(|at| at + 1 == events.len()),
        "a close is the last event"
    );
    if error.is_some() || close_at.is_some() {
        assert_eq!((decoder.buffered(), decoder.allocated()), (0, 0));
    }
    for event in events {
        if let Event::Text(text) = event {
            assert_eq!(text.as_str().as_bytes(), text.as_bytes());
        }
    }
    assert_eq!(decoder.next_event().err(), error, "an error is final");
}
