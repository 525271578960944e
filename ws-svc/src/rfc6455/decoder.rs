//! Makes messages of the bytes a client sends, in pieces of any size.
//!
//! A message in one frame, which is nearly all of them, is unmasked and checked where it was first put and handed out
//! from there. Only fragments are copied once more, to come to lie side by side. An idle decoder owns no heap.

use bytes::{Buf, Bytes, BytesMut};
use common::budget::{Exhausted, FREE, Share};

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
    /// What counts the bytes of messages that are not small.
    share: Share,
}

enum State {
    Header,
    Payload(Frame),
    /// By a close, or by a violation.
    Ended(Option<Violation>),
}

impl Decoder {
    /// `max_message` counts the payload of one message, over all its frames. What is not small of it counts in `share`, and
    /// is refused when there is no room for it.
    pub(crate) fn new(max_message: usize, share: Share) -> Self {
        Self { max_message, inbox: BytesMut::new(), worn: false, state: State::Header, fragmented: None, share }
    }

    /// Gives back what counted for messages that are done with.
    pub(crate) fn give_back(&mut self) {
        if self.kept() <= FREE {
            self.share.clear();
        }
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
        let outcome = self.advance().and_then(|said| self.covered(said));
        match &outcome {
            Ok(None) => self.shed(),
            Ok(Some(Incoming::Close(_))) => self.end(None),
            Ok(Some(_)) => {}
            Err(violation) => self.end(Some(*violation)),
        }
        outcome
    }

    /// Counts what is kept, and what was said.
    fn covered(&mut self, said: Option<Incoming>) -> Result<Option<Incoming>, Violation> {
        let bytes = self.kept() + said.as_ref().map_or(0, Incoming::len);
        self.share.cover(bytes, self.max_message).map_err(|Exhausted| Violation::NoRoom)?;
        Ok(said)
    }

    fn kept(&self) -> usize {
        self.inbox.len() + self.fragmented.as_ref().map_or(0, |message| message.len())
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
        self.share.clear();
        (self.inbox, self.worn, self.fragmented) = (BytesMut::new(), false, None);
        self.state = State::Ended(violation);
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
mod tests;
