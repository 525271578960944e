//! Whether the user may run the commands of the scripts.
//!
//! A script that fails at its last command has done what came before: a message would be stored, and
//! its publisher told that it was not. So a session does not begin without a permission.

use super::{cluster::Node, shared::Shared};
use redis::{RedisError, RedisResult, Value, aio::MultiplexedConnection};

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

/// Returns whether an error is about a command, and not about a key or a channel.
fn is_about_command(error: &RedisError) -> bool {
    let names_command = |detail: &str| detail.contains("permissions to run");
    error.code() == Some("NOPERM") && error.detail().is_some_and(names_command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::make_extension_error;

    #[test]
    fn a_missing_permission_for_a_key_is_not_about_a_command() {
        let is_about = |code: &str, text: &str| {
            is_about_command(&make_extension_error(code.into(), Some(text.into())))
        };
        let user = "User me has no permissions to";
        assert!(is_about(
            "NOPERM",
            &format!("{user} run the 'xtrim' command")
        ));
        assert!(!is_about("NOPERM", "No permissions to access a key"));
        assert!(!is_about("ERR", &format!("{user} run the 'xtrim' command")));
    }
}
