//! What a client encodes is what the decoder returns, however messages are cut into fragments and
//! reads.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use rfc6455::{Decoder, Event, MAX_CONTROL_PAYLOAD, Opcode, encode};

#[derive(Arbitrary, Debug)]
struct Session {
    messages: Vec<Sent>,
    close: Option<(u16, String)>,
    key: [u8; 4],
    part: u8,
}

#[derive(Arbitrary, Debug)]
enum Sent {
    Text { payload: String, cuts: Vec<u8> },
    Binary { payload: Vec<u8>, cuts: Vec<u8> },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

fuzz_target!(|session: Session| {
    let mut bytes = BytesMut::new();
    session
        .messages
        .iter()
        .for_each(|sent| sent.encode(session.key, &mut bytes));
    let mut expected: Vec<_> = session.messages.iter().map(Sent::expected).collect();
    if let Some((code, reason)) = &session.close {
        let code = 3000 + code % 2000;
        expected.push(encode_close(code, reason, session.key, &mut bytes));
    }
    assert_eq!(decode(&bytes, usize::from(session.part) + 1), expected);
});

/// What is compared of an event.
#[derive(Debug, PartialEq)]
enum Expected {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Option<(u16, String)>),
}

impl Sent {
    fn encode(&self, key: [u8; 4], out: &mut BytesMut) {
        match self {
            Self::Text { payload, cuts } => {
                encode_fragments(Opcode::Text, payload.as_bytes(), cuts, key, out)
            }
            Self::Binary { payload, cuts } => {
                encode_fragments(Opcode::Binary, payload, cuts, key, out)
            }
            Self::Ping(payload) => {
                encode::masked_frame(Opcode::Ping, true, key, control(payload), out)
            }
            Self::Pong(payload) => {
                encode::masked_frame(Opcode::Pong, true, key, control(payload), out)
            }
        }
    }

    fn expected(&self) -> Expected {
        match self {
            Self::Text { payload, .. } => Expected::Text(payload.clone()),
            Self::Binary { payload, .. } => Expected::Binary(payload.clone()),
            Self::Ping(payload) => Expected::Ping(control(payload).to_vec()),
            Self::Pong(_) => Expected::Pong,
        }
    }
}

fn control(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL_PAYLOAD)]
}

fn encode_fragments(
    mut opcode: Opcode,
    mut payload: &[u8],
    cuts: &[u8],
    key: [u8; 4],
    out: &mut BytesMut,
) {
    for cut in cuts {
        let (fragment, rest) = payload.split_at(usize::from(*cut).min(payload.len()));
        encode::masked_frame(opcode, false, key, fragment, out);
        (opcode, payload) = (Opcode::Continuation, rest);
    }
    encode::masked_frame(opcode, true, key, payload, out);
}

/// Masks the payload of a server's close frame, whose reason the encoder may have cut.
fn encode_close(code: u16, reason: &str, key: [u8; 4], out: &mut BytesMut) -> Expected {
    let mut frame = BytesMut::new();
    encode::close(code, reason, &mut frame);
    let payload = &frame[2..];
    encode::masked_frame(Opcode::Close, true, key, payload, out);
    let sent = std::str::from_utf8(&payload[2..]).expect("the reason is cut between characters");
    assert!(
        reason.starts_with(sent) && (sent == reason || sent.len() > 119),
        "no more is cut than needed"
    );
    Expected::Close(Some((code, sent.to_owned())))
}

fn decode(bytes: &[u8], part: usize) -> Vec<Expected> {
    let (mut decoder, mut events) = (Decoder::new(bytes.len()), Vec::new());
    for part in bytes.chunks(part) {
        decoder.feed(part);
        while let Some(event) = decoder.next_event().expect("nothing breaks a rule") {
            events.push(comparable(event));
        }
    }
    assert_eq!(decoder.buffered(), 0, "all is decoded");
    events
}

fn comparable(event: Event) -> Expected {
    match event {
        Event::Text(text) => Expected::Text(text.as_str().to_owned()),
        Event::Binary(payload) => Expected::Binary(payload.to_vec()),
        Event::Ping(payload) => Expected::Ping(payload.to_vec()),
        Event::Pong => Expected::Pong,
        Event::Close(close) => {
            Expected::Close(close.map(|close| (close.code, close.reason.as_str().to_owned())))
        }
    }
}
