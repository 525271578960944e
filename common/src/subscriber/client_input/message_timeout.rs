//! How long a client may take for one message.

use super::ClientInput;
use crate::{
    subscriber::shard_state::{ShardContext, Timer},
    timers::ticks,
    transport::MESSAGE_TIMEOUT,
};
use bytes::BytesMut;
use net::{DisconnectReason, SocketWriter};
use std::mem;

impl ClientInput {
    /// Rejects a message that is still incomplete. A client that is not read cannot complete it.
    pub(in crate::subscriber) fn check_message(
        &mut self,
        number: u32,
        writer: &mut SocketWriter,
        context: &mut ShardContext<'_>,
    ) -> Result<(), DisconnectReason> {
        self.is_message_armed = false;
        let is_late = self.unfinished(writer) == Some(number) && !self.is_paused(writer);
        let mut last = BytesMut::new();
        if is_late
            && self
                .handler
                .as_mut()
                .is_some_and(|handler| handler.give_up(&mut last))
        {
            writer.close(&last.freeze(), context.now())?;
        }
        self.arm_message(writer, context);
        Ok(())
    }

    /// Arms the timer of an incomplete message, unless it is armed.
    pub(super) fn arm_message(&mut self, writer: &SocketWriter, context: &mut ShardContext<'_>) {
        if let Some(number) = self.unfinished(writer)
            && !mem::replace(&mut self.is_message_armed, true)
        {
            context.arm(ticks(MESSAGE_TIMEOUT), Timer::Message(number));
        }
    }

    /// Returns the number of the message that the client has begun and not completed.
    fn unfinished(&self, writer: &SocketWriter) -> Option<u32> {
        if writer.is_closing() {
            return None;
        }
        self.handler.as_ref()?.unfinished()
    }
}
