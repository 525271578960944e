//! Checks whether Redis takes messages, and whether its user may run the commands of the scripts.

use super::{
    cluster::Redirect,
    errors::{is_about_command, is_replica, write_refusal},
    shared::{Node, Shared},
};
use redis::{RedisError, RedisResult, Value, aio::MultiplexedConnection};
use std::time::Duration;

/// Reads the clock of Redis, and checks whether it takes messages.
///
/// # Errors
///
/// If the connection fails, or the server is a replica.
pub(super) async fn probe(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    let tag = shared.node.as_ref().map(Node::probe_tag);
    let probe = shared.state.scripts.probe(tag.as_deref());
    let reply: RedisResult<((u64, u32),)> = probe.query_async(connection).await;
    match reply {
        Ok(((seconds, micros),)) => {
            let since_1970 = Duration::from_secs(seconds) + Duration::from_micros(micros.into());
            shared.state.clock.set(since_1970);
            shared.set_write_refusal(None);
            Ok(())
        }
        Err(error) => tolerate(shared, error),
    }
}

/// Keeps the connection to a Redis that takes no messages, since it can still be read. Ends the
/// connection to a replica: a new one may lead to the master.
fn tolerate(shared: &Shared, error: RedisError) -> RedisResult<()> {
    if shared.node.is_some() && Redirect::of(&error).is_some() {
        // The slot of the probe was moved to another node.
        shared.refresh_map();
        return Ok(());
    }
    let refusal = write_refusal(&error);
    // A lost connection does not change what is known of Redis.
    let before = shared.write_refusal().filter(|_| !error.is_io_error());
    shared.set_write_refusal(refusal.or(before));
    match refusal {
        Some(why) if !is_replica(why) => Ok(()),
        _ => Err(error),
    }
}

/// Returns an error if the user lacks the permission for a command. Permissions for some keys may
/// be missing.
///
/// A script that fails at its last command keeps what the commands before it did: it would store a
/// message and report an error to the publisher. So a session needs all permissions to begin.
pub(super) async fn check_permissions(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    let tag = shared.node.as_ref().map(Node::probe_tag);
    let mut harmless = shared.state.scripts.harmless(tag.as_deref());
    let replies: Vec<RedisResult<Value>> = harmless.ignore_errors().query_async(connection).await?;
    let mut errors = replies.into_iter().filter_map(Result::err);
    errors.find(is_about_command).map_or(Ok(()), Err)
}
