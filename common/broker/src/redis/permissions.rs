//! Whether the user may run the commands of the scripts.
//!
//! A script that fails at its last command has done what came before: a message would be stored, and
//! its publisher told that it was not. So a session does not begin without a permission.

use super::{cluster::Node, errors::is_about_command, shared::Shared};
use redis::{RedisResult, Value, aio::MultiplexedConnection};

/// Returns an error if the user lacks the permission for a command. It may lack those for some keys.
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
