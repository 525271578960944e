//! Makes messages of the bytes a client sends, in pieces of any size.
//!
//! A message in one frame, which is nearly all of them, is unmasked and checked where it was first put and handed out
//! from there. Only fragments are copied once more, to come to lie side by side. An idle decoder owns no heap.

use bytes::{Buf, Bytes, BytesMut};

use super::frame::Frame;
use super::header::{Header, Opcode};
use super::message::Message;
use super::payload::{close, valid_prefix};
use super::{Incoming, Violation};

/// Takes the bytes as they come from the socket and gives what they say, once complete.
pub(crate) struct Decoder {
    max_message: usize,
    /// Not yet taken: the payload so far of a frame whose header was read, or the beginning of a header.
    inbox: BytesMut,
    /// Something was taken from `inbox`, so its memory may be much larger than what is left in it.
    worn: bool,
    state: State,
    /// The message in several frames that is under way. Boxed, because most connections never send one.
    fragmented: Option<Box<Message>>,
}

enum State {
    Header,
    Payload(Frame),
    /// By a close, or by a violation.
    Ended(Option<Violation>),
}

impl Decoder {
    /// `max_message` counts the payload of one message, over all its frames.
    pub(crate) fn new(max_message: usize) -> Self {
        Self { max_message, inbox: BytesMut::new(), worn: false, state: State::Header, fragmented: None }
    }

    /// Call [`next`](Self::next) until it wants more before feeding again, or what is fed piles up unjudged.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if !matches!(self.state, State::Ended(_)) {
            self.inbox.extend_from_slice(bytes);
        }
    }

    /// The next complete thing, or `None` until more is fed.
    /// A violation is final and will be repeated; after a close there is nothing more.
    pub(crate) fn next(&mut self) -> Result<Option<Incoming>, Violation> {
        let outcome = self.advance();
        match &outcome {
            Ok(None) => self.shed(),
            Ok(Some(Incoming::Close(_))) => self.end(None),
            Ok(Some(_)) => {}
            Err(violation) => self.end(Some(*violation)),
        }
        outcome
    }

    fn advance(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some(mut frame) = self.frame()? {
            self.receive(&mut frame)?;
            if !frame.is_complete() {
                self.state = State::Payload(frame);
                return Ok(None);
            }
            self.state = State::Header;
            if let Some(incoming) = self.finish(frame)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    /// The frame whose payload comes next, once its header is there.
    fn frame(&mut self) -> Result<Option<Frame>, Violation> {
        match self.state {
            State::Payload(frame) => Ok(Some(frame)),
            State::Ended(None) => Ok(None),
            State::Ended(Some(violation)) => Err(violation),
            State::Header => self.open(),
        }
    }

    fn open(&mut self) -> Result<Option<Frame>, Violation> {
        let Some((header, taken)) = Header::parse(&self.inbox)? else {
            return Ok(None);
        };
        let frame = Frame::admit(header, self.fragmented.as_deref(), self.max_message)?;
        if frame.begins_fragmented() {
            self.fragmented = Some(Box::new(Message::new(frame.opcode)));
        }
        self.inbox.advance(taken);
        Ok(Some(frame))
    }

    /// Unmasks and checks what has arrived since the last look; collects the pieces of a fragmented message.
    fn receive(&mut self, frame: &mut Frame) -> Result<(), Violation> {
        let arrived = self.inbox.len().min(frame.len);
        let payload = &mut self.inbox[..arrived];
        frame.unmask(payload);
        match &mut self.fragmented {
            Some(message) if !frame.opcode.is_control() => {
                message.push(payload)?;
                frame.restart();
                self.discard(arrived);
            }
            _ if frame.opcode == Opcode::Text => frame.valid = valid_prefix(payload, frame.valid)?,
            _ => {}
        }
        Ok(())
    }

    /// What a complete frame says, unless the message goes on.
    fn finish(&mut self, frame: Frame) -> Result<Option<Incoming>, Violation> {
        Ok(Some(match frame.opcode {
            Opcode::Close => Incoming::Close(close(self.copy_out(frame.len))?),
            Opcode::Ping => Incoming::Ping(self.copy_out(frame.len)),
            Opcode::Pong => {
                self.discard(frame.len);
                Incoming::Pong
            }
            _ if !frame.fin => return Ok(None),
            _ => self.message(frame).complete()?,
        }))
    }

    /// The message whose last frame this is.
    fn message(&mut self, frame: Frame) -> Message {
        if let Some(fragmented) = self.fragmented.take() {
            return *fragmented;
        }
        self.worn = true;
        Message::of_one_frame(frame.opcode, self.inbox.split_to(frame.len), frame.valid)
    }

    /// For control frames: so short that an own copy is cheaper than sharing.
    fn copy_out(&mut self, len: usize) -> Bytes {
        let copy = Bytes::copy_from_slice(&self.inbox[..len]);
        self.discard(len);
        copy
    }

    fn discard(&mut self, len: usize) {
        self.worn = true;
        self.inbox.advance(len);
    }

    /// Gives back the memory of what was taken. What is left came with the last feed, so little is copied.
    fn shed(&mut self) {
        if self.worn || self.inbox.is_empty() {
            self.inbox = BytesMut::from(&self.inbox[..]);
            self.worn = false;
        }
    }

    fn end(&mut self, violation: Option<Violation>) {
        *self = Self { state: State::Ended(violation), ..Self::new(self.max_message) };
    }
}

#[cfg(test)]
impl Decoder {
    /// Bytes kept, and bytes of memory taken for them.
    pub(crate) fn held(&self) -> (usize, usize) {
        let (len, capacity) = match &self.fragmented {
            Some(message) => (message.len(), message.capacity()),
            None => (0, 0),
        };
        (self.inbox.len() + len, self.inbox.capacity() + capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::super::spoken::{drain, frame, heard, masked, text};
    use super::*;

    const LIMIT: usize = 1024;

    fn decode(bytes: &[u8]) -> (Vec<Incoming>, Option<Violation>) {
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(bytes);
        drain(&mut decoder)
    }

    fn refused(bytes: &[u8]) -> Violation {
        match decode(bytes) {
            (said, Some(violation)) if said.is_empty() => violation,
            other => panic!("{bytes:02X?} gave {other:?}"),
        }
    }

    #[test]
    fn a_masked_text_from_the_rfc_is_heard() {
        let hello = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];
        assert_eq!(decode(&hello), (vec![heard("Hello")], None));
    }

    #[test]
    fn every_kind_of_frame_is_heard_in_order_and_empty_ones_too() {
        let said = [
            text("é"),
            text(""),
            frame(Opcode::Binary, true, &[0xFF, 0]),
            frame(Opcode::Binary, true, b""),
            frame(Opcode::Ping, true, b"are you there"),
            frame(Opcode::Pong, true, b"yes"),
            frame(Opcode::Close, true, b"\x03\xE8done"),
        ];
        let Incoming::Text(done) = heard("done") else { panic!("a text is heard as such") };
        let expected = vec![
            heard("é"),
            heard(""),
            Incoming::Binary(Bytes::from_static(&[0xFF, 0])),
            Incoming::Binary(Bytes::new()),
            Incoming::Ping(Bytes::from_static(b"are you there")),
            Incoming::Pong,
            Incoming::Close(Some((1000, done))),
        ];
        assert_eq!(decode(&said.concat()), (expected, None));
    }

    #[test]
    fn a_ping_between_two_fragments_is_heard_before_the_message_they_make() {
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&frame(Opcode::Text, false, b"Hel"));
        assert_eq!(decoder.next(), Ok(None));
        decoder.feed(&frame(Opcode::Ping, true, b"?"));
        assert_eq!(decoder.next(), Ok(Some(Incoming::Ping(Bytes::from_static(b"?")))));
        decoder.feed(&frame(Opcode::Continuation, false, b""));
        assert_eq!(decoder.next(), Ok(None));
        decoder.feed(&masked(Opcode::Continuation, true, [9, 8, 7, 6], b"lo"));
        assert_eq!(decoder.next(), Ok(Some(heard("Hello"))));
        assert_eq!(decoder.next(), Ok(None));
    }

    #[test]
    fn frames_out_of_turn_are_refused() {
        let nothing = Violation::Protocol("there is no message to continue");
        assert_eq!(refused(&frame(Opcode::Continuation, true, b"x")), nothing);
        assert_eq!(refused(&frame(Opcode::Continuation, false, b"")), nothing);
        let unfinished = Violation::Protocol("the message before is not finished");
        for second in [text("x"), frame(Opcode::Binary, false, b"x")] {
            assert_eq!(refused(&[frame(Opcode::Text, false, b"x"), second].concat()), unfinished);
        }
        let again = [text("whole"), frame(Opcode::Continuation, true, b"x")].concat();
        assert_eq!(decode(&again), (vec![heard("whole")], Some(nothing)));
    }

    #[test]
    fn what_the_header_gives_away_is_refused_and_so_is_a_bad_close() {
        let unmasked = [0x81, 0x01, b'x'];
        assert_eq!(refused(&unmasked), Violation::Protocol("a client's frames must be masked"));
        assert_eq!(refused(&[0xC1]), Violation::Protocol("reserved bits must be 0"));
        let half_a_code = frame(Opcode::Close, true, &[3]);
        assert_eq!(refused(&half_a_code), Violation::Protocol("a close code has two bytes"));
        let reserved = frame(Opcode::Close, true, &1006_u16.to_be_bytes());
        assert_eq!(refused(&reserved), Violation::Protocol("no such close code"));
        assert_eq!(refused(&frame(Opcode::Close, true, b"\x03\xE8\xFF")), Violation::InvalidUtf8);
    }

    #[test]
    fn four_gigabytes_are_refused_by_their_header_and_nothing_is_kept() {
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&[0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
        let too_big = Err(Violation::TooBig { limit: LIMIT });
        assert_eq!(decoder.next(), too_big);
        decoder.feed(&[0; 4096]);
        assert_eq!(decoder.held(), (0, 0));
        assert_eq!(decoder.next(), too_big);
    }

    #[test]
    fn the_limit_counts_a_whole_message_and_is_inclusive() {
        let most = vec![b'x'; LIMIT];
        let whole = frame(Opcode::Binary, true, &most);
        assert_eq!(decode(&whole), (vec![Incoming::Binary(most.into())], None));
        let too_big = Violation::TooBig { limit: LIMIT };
        let one_more = frame(Opcode::Binary, true, &[b'x'; LIMIT + 1]);
        assert_eq!(refused(&one_more[..8]), too_big);

        let first = frame(Opcode::Text, false, &[b'x'; LIMIT - 3]);
        let fits = [&first, &frame(Opcode::Continuation, true, b"abc")[..]].concat();
        assert_eq!(decode(&fits).1, None);
        let exceeds = [&first, &frame(Opcode::Continuation, false, b"abcd")[..6]].concat();
        assert_eq!(refused(&exceeds), too_big);
        let pinged = [first, frame(Opcode::Ping, true, b"abcd")].concat();
        assert_eq!(decode(&pinged), (vec![Incoming::Ping(Bytes::from_static(b"abcd"))], None));
    }

    #[test]
    fn a_byte_no_text_can_have_is_refused_before_its_frame_is_complete() {
        let whole = frame(Opcode::Text, true, b"caf\xE9 and a long rest");
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&whole[..6 + 4]);
        assert_eq!(decoder.next(), Ok(None), "it could be the first of three");
        decoder.feed(&whole[6 + 4..6 + 5]);
        assert_eq!(decoder.next(), Err(Violation::InvalidUtf8));
    }

    #[test]
    fn a_character_may_be_split_between_frames_but_not_left_unfinished() {
        let [first, second] = [&"€".as_bytes()[..1], &"€".as_bytes()[1..]];
        let start = frame(Opcode::Text, false, first);
        let split = [&start[..], &frame(Opcode::Continuation, true, second)].concat();
        assert_eq!(decode(&split), (vec![heard("€")], None));
        let broken = [&start[..], &frame(Opcode::Continuation, false, b"x")].concat();
        assert_eq!(refused(&broken), Violation::InvalidUtf8);
        let unfinished = [&start[..], &frame(Opcode::Continuation, true, b"")].concat();
        assert_eq!(refused(&unfinished), Violation::InvalidUtf8);
        assert_eq!(refused(&frame(Opcode::Text, true, first)), Violation::InvalidUtf8);
        assert_eq!(decode(&frame(Opcode::Binary, true, first)).1, None);
    }

    #[test]
    fn nothing_is_heard_after_a_close_and_a_violation_is_repeated() {
        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&[frame(Opcode::Close, true, b""), text("too late")].concat());
        assert_eq!(decoder.next(), Ok(Some(Incoming::Close(None))));
        decoder.feed(&text("later still"));
        assert_eq!((decoder.next(), decoder.held()), (Ok(None), (0, 0)));

        let mut decoder = Decoder::new(LIMIT);
        decoder.feed(&[0xFF]);
        let violation = decoder.next();
        assert_eq!(violation, Err(Violation::Protocol("reserved bits must be 0")));
        decoder.feed(&text("innocent"));
        assert_eq!(decoder.next(), violation);
    }

    #[test]
    fn an_idle_decoder_is_small_and_owns_no_heap() {
        assert!(size_of::<Decoder>() <= 96, "{} bytes", size_of::<Decoder>());
        let mut decoder = Decoder::new(1 << 20);
        assert_eq!(decoder.held(), (0, 0));
        let large = vec![b'x'; 1 << 20];
        let halves =
            [frame(Opcode::Text, false, &large[1 << 19..]), frame(Opcode::Continuation, true, &large[1 << 19..])];
        for bytes in [frame(Opcode::Binary, true, &large), halves.concat()] {
            decoder.feed(&bytes);
            assert_eq!(drain(&mut decoder).0.len(), 1);
            assert_eq!(decoder.held(), (0, 0));
        }
    }

    #[test]
    fn the_beginning_of_a_frame_does_not_keep_the_memory_of_what_came_before_it() {
        let large = [b'x'; LIMIT];
        let pings = frame(Opcode::Ping, true, &large[..100]).repeat(10);
        for before in [frame(Opcode::Binary, true, &large), frame(Opcode::Binary, false, &large), pings] {
            let mut decoder = Decoder::new(LIMIT);
            decoder.feed(&[&before, &text("x")[..3]].concat());
            drop(drain(&mut decoder));
            assert_eq!(decoder.inbox.len(), 3);
            assert!(!decoder.inbox.try_reclaim(LIMIT / 2), "the memory is still there");
        }
    }
}
