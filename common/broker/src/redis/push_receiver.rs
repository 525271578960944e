//! Receives what Redis pushes on a connection: published messages, and its end.

use super::{keys::Keys, replies::parse_notification, shared::Shared};
use redis::{ErrorKind, PushInfo, PushKind, RedisResult, Value};
use std::sync::{Arc, Weak};
use tokio::sync::Notify;

/// Receives what Redis pushes on one connection.
pub(super) struct PushReceiver {
    /// The number of the session.
    pub(super) session: u64,
    pub(super) shared: Weak<Shared>,
    /// Notified when the connection is lost.
    pub(super) lost: Arc<Notify>,
}

impl PushReceiver {
    /// An error means that the broker was dropped; the driver ignores it.
    pub(super) fn receive(&self, push: &PushInfo) -> Result<(), ()> {
        let shared = self.shared.upgrade().ok_or(())?;
        match (&push.kind, &push.data[..]) {
            (PushKind::Disconnection, _) => self.lost.notify_one(),
            (PushKind::Message | PushKind::SMessage, [name, payload])
                if shared.is_session(self.session) =>
            {
                if let Err(error) = receive_message(&shared, name, payload) {
                    let Shared { address, .. } = &*shared;
                    log::error!("broker: unexpected message from {address}: {error}");
                }
            }
            (PushKind::SUnsubscribe, [name, _]) if shared.is_session(self.session) => {
                receive_end(&shared, name);
            }
            _ => {}
        }
        Ok(())
    }
}

fn receive_message(shared: &Shared, name: &Value, payload: &Value) -> RedisResult<()> {
    let Some(channel) = Keys::channel(text(name)?) else {
        return Ok(());
    };
    let notification = parse_notification(&channel, text(payload)?)?;
    let next = shared.subscriptions().receive(&channel, notification);
    shared.run(&channel, next);
    shared.state.report_arrival();
    Ok(())
}

/// A node of a cluster ends a subscription when the channel moves to another one.
fn receive_end(shared: &Shared, name: &Value) {
    let Some(channel) = text(name).ok().and_then(Keys::channel) else {
        return;
    };
    if shared.subscriptions().contains(&channel) {
        shared.load_elsewhere(channel);
    }
}

fn text(value: &Value) -> RedisResult<&str> {
    let text = match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    text.ok_or_else(|| (ErrorKind::UnexpectedReturnType, "expected text").into())
}
