//! What an error of Redis is about: all of it, its writes, or one channel.

use redis::RedisError;

/// What Redis begins its errors with when it is there and takes no messages: no memory left, its disk fails, it is a
/// replica since a fail-over, it has too few replicas.
const REFUSALS: [&str; 4] = ["OOM", "MISCONF", "READONLY", "NOREPLICAS"];
/// What it begins them with when it can serve nobody now.
const OUTAGES: [&str; 7] = [
    "LOADING",
    "BUSY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "NOAUTH",
    "NOTBUSY",
];

/// What an error is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Redis takes no messages at all, for this reason.
    Refusal(&'static str),
    /// Only the channel that was asked about, for this reason: others may be well.
    ChannelName(String),
    /// The connection, or the whole server.
    Outage,
}

/// What this error is about.
pub(super) fn trouble(error: &RedisError) -> Trouble {
    let of_many = error.clone().into_server_errors();
    let code = of_many
        .as_ref()
        .and_then(|errors| Some(errors.first()?.1.code()))
        .or_else(|| error.code());
    if let Some(refusal) = REFUSALS.into_iter().find(|refusal| code == Some(refusal)) {
        return Trouble::Refusal(refusal);
    }
    match code {
        Some(code) if OUTAGES.contains(&code) => Trouble::Outage,
        Some(code) => Trouble::ChannelName(code.to_owned()),
        // A reply that was not understood; a connection that is out of step is ended by its driver.
        None if matches!(
            error.kind(),
            redis::ErrorKind::Parse | redis::ErrorKind::UnexpectedReturnType
        ) =>
        {
            Trouble::ChannelName("FORMAT".to_owned())
        }
        None => Trouble::Outage,
    }
}

/// Why a server takes no writes; none if that is not what this error says.
pub(super) fn refusal(error: &RedisError) -> Option<&'static str> {
    match trouble(error) {
        Trouble::Refusal(why) => Some(why),
        _ => None,
    }
}

/// Whether another connection may lead to a server that takes writes.
pub(super) fn is_replica(refusal: &str) -> bool {
    refusal == "READONLY"
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::make_extension_error;

    #[test]
    fn an_error_is_about_one_channel_unless_it_is_known_to_be_about_more() {
        let of = |code: &str| trouble(&make_extension_error(code.to_owned(), None));
        assert_eq!(of("OOM"), Trouble::Refusal("OOM"));
        assert_eq!(of("LOADING"), Trouble::Outage);
        for code in ["WRONGTYPE", "NOPERM", "MOVED", "ERR"] {
            assert_eq!(of(code), Trouble::ChannelName(code.to_owned()));
        }
        let closed = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!(trouble(&closed), Trouble::Outage);
    }
}
