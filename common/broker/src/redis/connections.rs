//! The connections of a session on which little is sent: publications and subscriptions.

use redis::{PushKind, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use std::io;

pub(super) struct Connections {
    /// Has the publications and everything else that is short.
    pub(super) publishing: MultiplexedConnection,
    /// Has the subscriptions to a node of a cluster. The node ends some by itself, which the driver
    /// takes for replies to other commands, so this connection has no others.
    pub(super) sharded: Option<MultiplexedConnection>,
}

impl Connections {
    /// Subscribes to channels by their pub/sub names.
    pub(super) async fn subscribe(&mut self, names: Vec<String>) -> RedisResult<()> {
        match &mut self.sharded {
            Some(connection) => send_each(connection, "SSUBSCRIBE", &names).await,
            None => self.publishing.subscribe(names).await,
        }
    }

    /// Unsubscribes from channels.
    pub(super) async fn unsubscribe(&mut self, names: Vec<String>) -> RedisResult<()> {
        match &mut self.sharded {
            Some(connection) => send_each(connection, "SUNSUBSCRIBE", &names).await,
            None => self.publishing.unsubscribe(names).await,
        }
    }
}

/// Sends a command for each name: names of one command must share a slot.
async fn send_each(
    connection: &mut MultiplexedConnection,
    command: &str,
    names: &[String],
) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for name in names {
        pipe.cmd(command).arg(name);
    }
    let replies: Vec<Value> = pipe.query_async(connection).await?;
    if replies.len() == names.len() && replies.iter().zip(names).all(is_reply_about) {
        Ok(())
    } else {
        Err(out_of_step())
    }
}

/// Returns whether a reply confirms the subscription, or its end, of this name.
fn is_reply_about((reply, name): (&Value, &String)) -> bool {
    let Value::Push { kind, data } = reply else {
        return false;
    };
    let is_named =
        matches!(data.first(), Some(Value::BulkString(bytes)) if bytes == name.as_bytes());
    is_named && matches!(kind, PushKind::SSubscribe | PushKind::SUnsubscribe)
}

/// Replies belong to other commands. Only a new connection helps.
fn out_of_step() -> RedisError {
    io::Error::new(io::ErrorKind::InvalidData, "subscriptions ended meanwhile").into()
}
