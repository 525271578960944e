//! What a node replies about a channel that it does not have, or no longer has entirely. Nothing was
//! done then.

use crate::redis::errors::server_error;
use redis::{
    Cmd, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};

/// Where the keys of a channel are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// At another node, by now for good.
    Moved,
    /// At this host and port already, while their slot is on its way there.
    Ask(String),
    /// At two nodes, for a moment.
    Split,
}

impl Redirect {
    /// Returns what an error has to say about the place of keys; `None` if it is about other things.
    pub(crate) fn of(error: &RedisError) -> Option<Self> {
        let reply = server_error(error)?;
        match reply.code() {
            "MOVED" => Some(Self::Moved),
            "ASK" => {
                let node = reply.details()?.split_whitespace().nth(1)?;
                Some(Self::Ask(node.to_owned()))
            }
            "TRYAGAIN" => Some(Self::Split),
            _ => None,
        }
    }
}

/// A connection on which each command may use a slot that is on its way to this node.
pub(crate) struct Asking(pub(crate) MultiplexedConnection);

impl ConnectionLike for Asking {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut pipe = redis::pipe();
            pipe.cmd("ASKING").ignore().add_command(command.clone());
            let (reply,): (Value,) = pipe.query_async(&mut self.0).await?;
            Ok(reply)
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipe: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(pipe, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}
