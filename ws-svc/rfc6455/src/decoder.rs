//! From bytes to messages.

use crate::{
    CloseFrame, DecodeError, Event, Opcode, buffer::Buffer, frame::Frame, header::Header,
    message::Message, utf8::valid_prefix,
};

/// Decodes what a client sends, in parts of any size.
///
/// A message in one frame, as nearly all are, is unmasked and checked in the buffer that it arrived
/// in, and returned without another copy. Only fragments are copied once more, to join them. An
/// idle decoder owns no heap.
pub struct Decoder {
    max_message: usize,
    /// The beginning of a header, or the payload of the current frame as far as it has arrived.
    buffer: Buffer,
    state: State,
    /// The message whose fragments are arriving. Boxed, because most connections never send one.
    fragmented: Option<Box<Message>>,
    /// How many messages are complete, and control frames between messages.
    complete: u32,
}

enum State {
    Header,
    Payload(Frame),
    Closed,
    Failed(DecodeError),
}

impl Decoder {
    /// Creates a decoder for messages of at most `max_message` bytes of payload, over all
    /// fragments.
    pub fn new(max_message: usize) -> Self {
        Self {
            max_message,
            buffer: Buffer::default(),
            state: State::Header,
            fragmented: None,
            complete: 0,
        }
    }

    /// Appends bytes from the socket. Call [`next_event`](Self::next_event) until it returns `None`
    /// before the next call: until then nothing is checked, and no limit holds. Bytes after the end
    /// are dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !matches!(self.state, State::Closed | State::Failed(_)) {
            self.buffer.push(bytes);
        }
    }

    /// Returns the next event, or `None` until more bytes are fed. A close frame is the last event.
    ///
    /// # Errors
    ///
    /// The rule that the client broke. The error is final: each further call returns it again.
    pub fn next_event(&mut self) -> Result<Option<Event>, DecodeError> {
        let result = self.decode();
        match &result {
            Ok(None) => self.buffer.shrink(),
            Ok(Some(Event::Close(_))) => self.end(State::Closed),
            // A control frame between fragments does not complete their message.
            Ok(Some(_)) => {
                self.complete = self.complete.wrapping_add(self.fragmented.is_none().into());
            }
            Err(error) => self.end(State::Failed(*error)),
        }
        result
    }

    /// Drops what is buffered, and all that follows, as after a close frame.
    pub fn close(&mut self) {
        self.end(State::Closed);
    }

    /// Returns the number of the message, or control frame, that has begun and is not complete;
    /// `None` between two of them.
    pub fn incomplete(&self) -> Option<u32> {
        let has_begun = match self.state {
            State::Header => self.buffer.len() > 0 || self.fragmented.is_some(),
            State::Payload(_) => true,
            State::Closed | State::Failed(_) => false,
        };
        has_begun.then_some(self.complete)
    }

    /// Returns whether it is between two messages and has nothing buffered: a new decoder would
    /// decode what follows alike, except that it counts from 0.
    pub fn is_idle(&self) -> bool {
        let is_open = !matches!(self.state, State::Closed | State::Failed(_));
        is_open && self.incomplete().is_none()
    }

    /// Returns how many messages are complete, and control frames between messages.
    pub fn completed(&self) -> u32 {
        self.complete
    }

    /// Returns how many bytes are buffered: of the current frame, of the message whose fragments
    /// are arriving, and what was fed and not decoded yet.
    pub fn buffered(&self) -> usize {
        self.buffer.len() + self.fragmented.as_ref().map_or(0, |message| message.len())
    }

    /// Returns how many bytes of memory are allocated for what is buffered.
    pub fn allocated(&self) -> usize {
        self.buffer.allocated()
            + self
                .fragmented
                .as_ref()
                .map_or(0, |message| message.allocated())
    }

    fn decode(&mut self) -> Result<Option<Event>, DecodeError> {
        while let Some(mut frame) = self.current_frame()? {
            self.receive(&mut frame)?;
            if !frame.is_complete() {
                self.state = State::Payload(frame);
                return Ok(None);
            }
            self.state = State::Header;
            if let Some(event) = self.finish(frame)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Returns the frame whose payload comes next, once its header is complete.
    fn current_frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        match self.state {
            State::Payload(frame) => Ok(Some(frame)),
            State::Closed => Ok(None),
            State::Failed(error) => Err(error),
            State::Header => self.next_frame(),
        }
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        let Some((header, header_len)) = Header::parse(self.buffer.as_slice())? else {
            return Ok(None);
        };
        let frame = Frame::accept(header, self.fragmented.as_deref(), self.max_message)?;
        if frame.is_first_fragment() {
            self.fragmented = Some(Box::new(Message::new(frame.opcode)));
        }
        self.buffer.drop_header(header_len);
        Ok(Some(frame))
    }

    /// Unmasks and checks what has arrived of the payload since the last call, and moves fragments
    /// to their message.
    fn receive(&mut self, frame: &mut Frame) -> Result<(), DecodeError> {
        let payload = self.buffer.front_mut(frame.len);
        frame.unmask(payload);
        match &mut self.fragmented {
            Some(message) if !frame.opcode.is_control() => {
                message.push(payload)?;
                frame.skip_unmasked();
                let arrived = payload.len();
                self.buffer.drop_payload(arrived);
            }
            _ if frame.opcode == Opcode::Text => frame.valid = valid_prefix(payload, frame.valid)?,
            _ => {}
        }
        Ok(())
    }

    /// Returns the event that a complete frame makes, unless more fragments follow.
    fn finish(&mut self, frame: Frame) -> Result<Option<Event>, DecodeError> {
        Ok(Some(match frame.opcode {
            Opcode::Close => Event::Close(CloseFrame::parse(self.buffer.copy_payload(frame.len))?),
            Opcode::Ping => Event::Ping(self.buffer.copy_payload(frame.len)),
            Opcode::Pong => {
                self.buffer.drop_payload(frame.len);
                Event::Pong
            }
            _ if !frame.fin => return Ok(None),
            _ => self.take_message(frame).finish()?,
        }))
    }

    /// Returns the message whose last frame is complete.
    fn take_message(&mut self, frame: Frame) -> Message {
        if let Some(fragmented) = self.fragmented.take() {
            return *fragmented;
        }
        Message::unfragmented(
            frame.opcode,
            self.buffer.take_payload(frame.len),
            frame.valid,
        )
    }

    fn end(&mut self, state: State) {
        (self.buffer, self.fragmented) = (Buffer::default(), None);
        self.state = state;
    }
}

#[cfg(test)]
mod tests;
