//! Decodes the frames of a client, within the memory budget of the process.

use common::{
    budget::{BudgetExhausted, BudgetShare, FREE_PER_CONNECTION},
    hub::MESSAGE_TIMEOUT,
};
use rfc6455::{DecodeError, Decoder, Event, close_code};
use std::mem;
use thiserror::Error;

/// The decoder of one connection. Messages count in the memory budget unless they are small.
pub(crate) struct Receiver {
    decoder: Decoder,
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
    /// The close code to fail the connection with (RFC 6455 §7.4.1).
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
            decoder: Decoder::new(max_message),
            max_message,
            share,
            gave_up: false,
        }
    }

    /// Appends bytes from the socket. Call [`next_event`](Self::next_event) until it returns `None`
    /// before the next call.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.decoder.feed(bytes);
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
        let result = self
            .decoder
            .next_event()
            .map_err(ReceiveError::from)
            .and_then(|event| self.count(event));
        if matches!(result, Err(_) | Ok(Some(Event::Close(_)))) {
            self.decoder.close();
            self.share.clear();
        }
        result
    }

    /// Returns the number of the message that has begun and is not complete.
    pub(crate) fn unfinished(&self) -> Option<u32> {
        self.decoder.incomplete()
    }

    /// Drops the incomplete message and all that follows.
    pub(crate) fn give_up(&mut self) {
        self.gave_up = self.unfinished().is_some();
        if self.gave_up {
            self.decoder.close();
            self.share.clear();
        }
    }

    /// Returns to the budget the bytes of messages that were handled.
    pub(crate) fn release(&mut self) {
        if self.decoder.buffered() <= FREE_PER_CONNECTION {
            self.share.clear();
        }
    }

    /// Counts what is buffered, and the event.
    fn count(&mut self, event: Option<Event>) -> Result<Option<Event>, ReceiveError> {
        let bytes = self.decoder.buffered() + event.as_ref().map_or(0, Event::payload_len);
        self.share
            .cover(bytes, self.max_message)
            .map_err(|BudgetExhausted| ReceiveError::BudgetExhausted)?;
        Ok(event)
    }
}

#[cfg(test)]
mod tests;
