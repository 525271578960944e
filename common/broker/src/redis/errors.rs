//! Classifies errors of Redis: about its writes, its user, one channel, or the connection.

use redis::{RedisError, ServerError};

/// The error codes of a Redis that takes no writes: no memory, a failing disk, a replica, too few
/// replicas.
const WRITE_REFUSALS: [&str; 4] = ["OOM", "MISCONF", "READONLY", "NOREPLICAS"];
/// The error codes of a Redis that cannot serve anything now.
const OUTAGES: [&str; 7] = [
    "LOADING",
    "BUSY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "NOAUTH",
    "NOTBUSY",
];

/// What an error affects.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ErrorScope {
    /// All writes: Redis takes no messages, with this code.
    Writes(&'static str),
    /// The user, who may not run a command, and so all channels.
    User,
    /// One channel, with this code.
    Channel(String),
    /// The connection, or the whole server.
    Connection,
}

/// Returns what an error affects.
pub(super) fn scope(error: &RedisError) -> ErrorScope {
    let reply = server_error(error);
    let code = reply.as_ref().map(ServerError::code).or(error.code());
    if let Some(refusal) = WRITE_REFUSALS
        .into_iter()
        .find(|refusal| code == Some(refusal))
    {
        return ErrorScope::Writes(refusal);
    }
    if is_about_command(error) {
        return ErrorScope::User;
    }
    match code {
        Some(code) if OUTAGES.contains(&code) => ErrorScope::Connection,
        Some(code) => ErrorScope::Channel(code.to_owned()),
        // A reply with another format. If the connection itself is out of step, the driver ends it.
        None if matches!(
            error.kind(),
            redis::ErrorKind::Parse | redis::ErrorKind::UnexpectedReturnType
        ) =>
        {
            ErrorScope::Channel("FORMAT".to_owned())
        }
        None => ErrorScope::Connection,
    }
}

/// Returns the error that a server replied with, the first one to several commands.
pub(super) fn server_error(error: &RedisError) -> Option<ServerError> {
    let errors = error.clone().into_server_errors()?;
    Some(errors.first()?.1.clone())
}

/// Returns whether the user may not run a command, whatever the key or the channel.
pub(super) fn is_about_command(error: &RedisError) -> bool {
    let says = |text: &str| error.detail().is_some_and(|detail| detail.contains(text));
    match error.code() {
        Some("NOPERM") => says("permissions to run"),
        // Of a command in a script; the text depends on the version of Redis.
        Some("ERR") => {
            says("can't run this command")
                || says("ACL failure in script") && says("permissions to run")
        }
        _ => false,
    }
}

/// Returns the code if the error means that Redis takes no writes.
pub(super) fn write_refusal(error: &RedisError) -> Option<&'static str> {
    match scope(error) {
        ErrorScope::Writes(why) => Some(why),
        _ => None,
    }
}

/// Returns whether Redis is a replica: another connection may lead to the master.
pub(super) fn is_replica(refusal: &str) -> bool {
    refusal == "READONLY"
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::make_extension_error;

    #[test]
    fn unknown_errors_affect_one_channel() {
        let of = |code: &str| scope(&make_extension_error(code.to_owned(), None));
        assert_eq!(of("OOM"), ErrorScope::Writes("OOM"));
        assert_eq!(of("LOADING"), ErrorScope::Connection);
        for code in ["WRONGTYPE", "NOPERM", "MOVED", "ERR"] {
            assert_eq!(of(code), ErrorScope::Channel(code.to_owned()));
        }
        let closed = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!(scope(&closed), ErrorScope::Connection);
    }

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
        let script = "The user executing the script can't";
        let run = "run this command or subcommand script: f1";
        assert!(is_about("ERR", &format!("{script} {run}")));
        let publish = "publish to the channel mentioned in the command script: f1";
        assert!(!is_about("ERR", &format!("{script} {publish}")));
    }
}
