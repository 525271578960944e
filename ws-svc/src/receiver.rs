//! Decodes the frames of a client, within the memory budget of the process.

use common::{
    budget::{BudgetExhausted, BudgetShare, FREE_PER_CONNECTION},
    transport::MESSAGE_TIMEOUT,
};
use rfc6455::{DecodeError, Decoder, Event, close_code};
use std::mem;
use thiserror::Error;

/// Receives the messages of one connection. They count in the memory budget unless they are small.
pub(crate) struct Receiver {
    /// `None` between two messages: most connections are idle most of the time.
    decoder: Option<Box<Decoder>>,
    /// How many messages earlier decoders have completed.
    complete: u32,
    max_message: usize,
    share: BudgetShare,
    /// Whether a message timed out and the error is not reported yet.
    gave_up: bool,
}

/// Why a connection must be failed. The text is a reason for the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ReceiveError {
    /// The client broke a rule of the protocol.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The memory budget, or the part that one address may use, is exhausted.
    #[error("no room for a message of this size at the moment: retry later")]
    BudgetExhausted,
    /// A message was not complete in time.
    #[error("a message was not complete after {} s", MESSAGE_TIMEOUT.as_secs())]
    TooSlow,
}

impl ReceiveError {
    /// Returns the close code to fail the connection with (RFC 6455 §7.4.1).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Decode(error) => error.close_code(),
            Self::BudgetExhausted => close_code::TRY_AGAIN_LATER,
            Self::TooSlow => close_code::POLICY_VIOLATION,
        }
    }
}

impl Receiver {
    /// Creates a receiver of messages of at most `max_message` bytes, which count in `share`.
    pub(crate) fn new(max_message: usize, share: BudgetShare) -> Self {
        Self {
            decoder: None,
            complete: 0,
            max_message,
            share,
            gave_up: false,
        }
    }

    /// Appends bytes from the socket. Call [`next_event`](Self::next_event) until it returns `None`
    /// before the next call.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.decoder().feed(bytes);
        }
    }

    /// Returns the next event. Returns `None` until more bytes are fed, and after a close frame or
    /// an error.
    ///
    /// # Errors
    ///
    /// The rule that the client broke, [`ReceiveError::BudgetExhausted`], or
    /// [`ReceiveError::TooSlow`] after [`give_up`](Self::give_up).
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, ReceiveError> {
        if mem::take(&mut self.gave_up) {
            return Err(ReceiveError::TooSlow);
        }
        let Some(decoder) = &mut self.decoder else {
            return Ok(None);
        };
        let event = decoder.next_event();
        let result = event
            .map_err(ReceiveError::from)
            .and_then(|event| self.count(event));
        match result {
            Err(_) | Ok(Some(Event::Close(_))) => self.close(),
            Ok(None) => self.drop_idle_decoder(),
            Ok(Some(_)) => {}
        }
        result
    }

    /// Returns the number of the message that has begun and is not complete.
    pub(crate) fn unfinished(&self) -> Option<u32> {
        let number = self.decoder.as_ref()?.incomplete()?;
        Some(self.complete.wrapping_add(number))
    }

    /// Drops the incomplete message and all that follows.
    pub(crate) fn give_up(&mut self) {
        self.gave_up = self.unfinished().is_some();
        if self.gave_up {
            self.close();
        }
    }

    /// Returns to the budget the bytes of messages that were handled.
    pub(crate) fn release(&mut self) {
        if self.buffered() <= FREE_PER_CONNECTION {
            self.share.clear();
        }
    }

    fn decoder(&mut self) -> &mut Decoder {
        let new = || Box::new(Decoder::new(self.max_message));
        self.decoder.get_or_insert_with(new)
    }

    fn buffered(&self) -> usize {
        let decoder = self.decoder.as_ref();
        decoder.map_or(0, |decoder| decoder.buffered())
    }

    /// Receives no more.
    fn close(&mut self) {
        self.decoder().close();
        self.share.clear();
    }

    fn drop_idle_decoder(&mut self) {
        if let Some(decoder) = self.decoder.take_if(|decoder| decoder.is_idle()) {
            self.complete = self.complete.wrapping_add(decoder.completed());
        }
    }

    /// Counts what is buffered, and the event.
    fn count(&mut self, event: Option<Event>) -> Result<Option<Event>, ReceiveError> {
        let bytes = self.buffered() + event.as_ref().map_or(0, Event::payload_len);
        self.share
            .cover(bytes, self.max_message)
            .map_err(|BudgetExhausted| ReceiveError::BudgetExhausted)?;
        Ok(event)
    }
}

#[cfg(test)]
mod tests;
