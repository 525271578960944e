//! What must hold for every conversation: however it is cut into frames and reads, the same is heard;
//! and however hostile, little is kept.

use proptest::collection::vec;
use proptest::prelude::*;

use super::header::Opcode;
use super::spoken::{drain, masked, unbounded};
use super::{Incoming, Text, Violation};

const LIMIT: usize = 600;
/// A frame's header and a control frame may come on top of a message.
const BESIDE_A_MESSAGE: usize = 14 + 125;

/// A message, the places where its frames end, and the ping that comes before each but the first.
#[derive(Clone, Debug)]
struct Spoken {
    text: bool,
    payload: Vec<u8>,
    cuts: Vec<(prop::sample::Index, Option<Vec<u8>>)>,
    key: [u8; 4],
}

fn spoken() -> impl Strategy<Value = Spoken> {
    let payload =
        prop_oneof![(Just(true), ".{0,150}".prop_map(String::into_bytes)), (Just(false), vec(any::<u8>(), 0..LIMIT)),];
    let ping = prop::option::of(vec(any::<u8>(), 0..=125));
    let cuts = vec((any::<prop::sample::Index>(), ping), 0..5);
    (payload, cuts, any::<[u8; 4]>()).prop_map(|((text, payload), cuts, key)| Spoken { text, payload, cuts, key })
}

impl Spoken {
    fn frames(&self) -> Vec<u8> {
        let (mut bytes, mut from, mut opcode) = (Vec::new(), 0, self.opcode());
        for (end, ping) in self.ends() {
            bytes.extend(masked(opcode, false, self.key, &self.payload[from..end]));
            if let Some(ping) = ping {
                bytes.extend(masked(Opcode::Ping, true, self.key, ping));
            }
            (from, opcode) = (end, Opcode::Continuation);
        }
        bytes.extend(masked(opcode, true, self.key, &self.payload[from..]));
        bytes
    }

    fn ends(&self) -> Vec<(usize, &Option<Vec<u8>>)> {
        let mut ends: Vec<_> = self.cuts.iter().map(|(cut, ping)| (cut.index(self.payload.len() + 1), ping)).collect();
        ends.sort_by_key(|(end, _)| *end);
        ends
    }

    fn opcode(&self) -> Opcode {
        if self.text { Opcode::Text } else { Opcode::Binary }
    }

    fn heard(&self) -> Vec<Incoming> {
        let pings = self.ends().into_iter().filter_map(|(_, ping)| ping.clone());
        let payload = self.payload.clone().into();
        let message = if self.text { Incoming::Text(Text(payload)) } else { Incoming::Binary(payload) };
        pings.map(|ping| Incoming::Ping(ping.into())).chain([message]).collect()
    }
}

/// Feeds `bytes` in pieces of these sizes, over and over, looking after each at what is kept.
fn hear(bytes: &[u8], sizes: &[usize]) -> (Vec<Incoming>, Option<Violation>) {
    let (mut decoder, mut said) = (unbounded(LIMIT), Vec::new());
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        decoder.feed(piece);
        let (more, violation) = drain(&mut decoder);
        said.extend(more);
        let (kept, memory) = decoder.held();
        assert!(kept <= LIMIT + BESIDE_A_MESSAGE, "{kept} bytes kept");
        assert!(memory <= 2 * (LIMIT + BESIDE_A_MESSAGE), "{memory} bytes taken");
        if violation.is_some() || after.is_empty() {
            assert_eq!(drain(&mut decoder), (Vec::new(), violation), "the end is final");
            return (said, violation);
        }
        rest = after;
    }
    unreachable!("sizes are endless")
}

/// Frames whose headers are nearly right: pure noise is refused at its first bytes and goes nowhere.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let first = prop::sample::select(vec![0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0x83]);
    let frame = (first, 0x80_u8.., vec(any::<u8>(), 0..300));
    let nearly = vec(frame, 0..8).prop_map(|frames| {
        frames.into_iter().flat_map(|(first, second, rest)| [vec![first, second], rest].concat()).collect()
    });
    prop_oneof![nearly, vec(any::<u8>(), 0..100)]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![1..8_usize, 1..2000_usize], 1..6)
}

proptest! {
    #[test]
    fn every_conversation_is_heard_as_it_was_said(said in vec(spoken(), 0..6), sizes in sizes()) {
        let bytes: Vec<u8> = said.iter().flat_map(Spoken::frames).collect();
        let expected: Vec<Incoming> = said.iter().flat_map(Spoken::heard).collect();
        prop_assert_eq!(hear(&bytes, &sizes), (expected, None));
    }

    #[test]
    fn noise_does_no_harm_and_how_it_is_cut_makes_no_difference(noise in noise(), sizes in sizes()) {
        prop_assert_eq!(hear(&noise, &sizes), hear(&noise, &[usize::MAX]));
    }

    #[test]
    fn a_damaged_conversation_does_no_harm(
        said in vec(spoken(), 1..4), at in any::<prop::sample::Index>(), damage in 1_u8.., sizes in sizes()
    ) {
        let mut bytes: Vec<u8> = said.iter().flat_map(Spoken::frames).collect();
        *at.get_mut(&mut bytes) ^= damage;
        prop_assert_eq!(hear(&bytes, &sizes), hear(&bytes, &[usize::MAX]));
    }

    #[test]
    fn text_is_refused_at_the_first_byte_that_cannot_be(
        start in ".{0,20}", end in vec(any::<u8>(), 0..8), key in any::<[u8; 4]>(), fragment in any::<bool>()
    ) {
        let text = [start.as_bytes(), &end].concat();
        let impossible = (0..=text.len())
            .find(|len| std::str::from_utf8(&text[..*len]).is_err_and(|error| error.error_len().is_some()));
        let mut decoder = unbounded(LIMIT);
        let bytes = masked(Opcode::Text, !fragment, key, &[&text[..], b"more to come"].concat());
        let refused = (6..6 + text.len() + 1).find(|len| {
            decoder.feed(&bytes[if *len == 6 { 0..6 } else { len - 1..*len }]);
            decoder.next().is_err()
        });
        prop_assert_eq!(refused, impossible.map(|len| 6 + len));
    }
}
