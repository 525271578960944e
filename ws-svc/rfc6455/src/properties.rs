//! What must hold for everything that a client sends: how it is cut into fragments and reads makes
//! no difference, and however hostile it is, little is buffered.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::testing::{drain, masked};
use crate::{DecodeError, Decoder, Event, Opcode, Utf8Bytes};

/// The longest message, in bytes.
const LIMIT: usize = 600;
/// The header of a frame and a control frame may be buffered in addition to a message.
const BESIDE_A_MESSAGE: usize = 14 + 125;

/// A message, the places where its fragments end, and the ping that follows each but the last.
#[derive(Clone, Debug)]
struct Sent {
    is_text: bool,
    payload: Vec<u8>,
    cuts: Vec<(prop::sample::Index, Option<Vec<u8>>)>,
    key: [u8; 4],
}

fn sent() -> impl Strategy<Value = Sent> {
    let payload = prop_oneof![
        (Just(true), ".{0,150}".prop_map(String::into_bytes)),
        (Just(false), vec(any::<u8>(), 0..LIMIT))
    ];
    let ping = prop::option::of(vec(any::<u8>(), 0..=125));
    let cuts = vec((any::<prop::sample::Index>(), ping), 0..5);
    (payload, cuts, any::<[u8; 4]>()).prop_map(|((is_text, payload), cuts, key)| Sent {
        is_text,
        payload,
        cuts,
        key,
    })
}

impl Sent {
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
        let mut ends: Vec<_> = self
            .cuts
            .iter()
            .map(|(cut, ping)| (cut.index(self.payload.len() + 1), ping))
            .collect();
        ends.sort_by_key(|(end, _)| *end);
        ends
    }

    fn opcode(&self) -> Opcode {
        if self.is_text {
            Opcode::Text
        } else {
            Opcode::Binary
        }
    }

    fn events(&self) -> Vec<Event> {
        let pings = self.ends().into_iter().filter_map(|(_, ping)| ping.clone());
        let payload = self.payload.clone().into();
        let message = if self.is_text {
            Event::Text(Utf8Bytes::from_checked(payload))
        } else {
            Event::Binary(payload)
        };
        pings
            .map(|ping| Event::Ping(ping.into()))
            .chain([message])
            .collect()
    }
}

/// Feeds `bytes` in parts of these sizes, over and over, and checks after each how much is
/// buffered.
fn decode(bytes: &[u8], sizes: &[usize]) -> (Vec<Event>, Option<DecodeError>) {
    let (mut decoder, mut events) = (Decoder::new(LIMIT), Vec::new());
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (part, after) = rest.split_at((*size).min(rest.len()));
        decoder.feed(part);
        let (more, error) = drain(&mut decoder);
        events.extend(more);
        let (buffered, allocated) = (decoder.buffered(), decoder.allocated());
        assert!(
            buffered <= LIMIT + BESIDE_A_MESSAGE,
            "{buffered} bytes buffered"
        );
        assert!(
            allocated <= 2 * (LIMIT + BESIDE_A_MESSAGE),
            "{allocated} bytes allocated"
        );
        if error.is_some() || after.is_empty() {
            assert_eq!(drain(&mut decoder), (Vec::new(), error), "the end is final");
            return (events, error);
        }
        rest = after;
    }
    unreachable!("sizes are endless")
}

/// Frames whose headers are nearly right: pure noise is rejected at its first bytes and reaches
/// nothing else.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let first = prop::sample::select(vec![
        0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0x83,
    ]);
    let frame = (first, 0x80_u8.., vec(any::<u8>(), 0..300));
    let nearly = vec(frame, 0..8).prop_map(|frames| {
        frames
            .into_iter()
            .flat_map(|(first, second, rest)| [vec![first, second], rest].concat())
            .collect()
    });
    prop_oneof![nearly, vec(any::<u8>(), 0..100)]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![1..8_usize, 1..2000_usize], 1..6)
}

proptest! {
    #[test]
    fn every_message_is_decoded_as_it_was_sent(sent in vec(sent(), 0..6), sizes in sizes()) {
        let bytes: Vec<u8> = sent.iter().flat_map(Sent::frames).collect();
        let expected: Vec<Event> = sent.iter().flat_map(Sent::events).collect();
        prop_assert_eq!(decode(&bytes, &sizes), (expected, None));
    }

    #[test]
    fn noise_does_no_harm_however_it_is_cut(noise in noise(), sizes in sizes()) {
        prop_assert_eq!(decode(&noise, &sizes), decode(&noise, &[usize::MAX]));
    }

    #[test]
    fn damaged_frames_do_no_harm(
        sent in vec(sent(), 1..4),
        at in any::<prop::sample::Index>(),
        damage in 1_u8..,
        sizes in sizes(),
    ) {
        let mut bytes: Vec<u8> = sent.iter().flat_map(Sent::frames).collect();
        *at.get_mut(&mut bytes) ^= damage;
        prop_assert_eq!(decode(&bytes, &sizes), decode(&bytes, &[usize::MAX]));
    }

    #[test]
    fn a_text_is_rejected_at_its_first_impossible_byte(
        start in ".{0,20}",
        end in vec(any::<u8>(), 0..8),
        key in any::<[u8; 4]>(),
        is_fragment in any::<bool>(),
    ) {
        let text = [start.as_bytes(), &end].concat();
        let is_impossible = |len: &usize| {
            std::str::from_utf8(&text[..*len]).is_err_and(|error| error.error_len().is_some())
        };
        let impossible = (0..=text.len()).find(is_impossible);
        let mut decoder = Decoder::new(LIMIT);
        let bytes = masked(Opcode::Text, !is_fragment, key, &[&text[..], b"more to come"].concat());
        let rejected = (6..=(6 + text.len())).find(|len| {
            decoder.feed(&bytes[if *len == 6 { 0..6 } else { len - 1..*len }]);
            decoder.next_event().is_err()
        });
        prop_assert_eq!(rejected, impossible.map(|len| 6 + len));
    }
}
