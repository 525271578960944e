//! Whether the user may run the commands of the scripts.
//!
//! A script that fails at its last command keeps what the commands before it did: it would store a
//! message and report an error to the publisher. So a session needs all permissions to begin.

use super::{
    errors::is_about_command,
    shared::{Node, Shared},
};
use redis::{RedisResult, Value, aio::MultiplexedConnection};

/// Returns an error if the user lacks the permission for a command. Permissions for some keys may be missing.
pub(super) async fn check(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    let tag = shared.node.as_ref().map(Node::probe_tag);
    let mut harmless = shared.state.scripts.harmless(tag.as_deref());
    let replies: Vec<RedisResult<Value>> = harmless.ignore_errors().query_async(connection).await?;
    let mut errors = replies.into_iter().filter_map(Result::err);
    errors.find(is_about_command).map_or(Ok(()), Err)
}
