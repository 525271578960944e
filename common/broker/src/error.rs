//! The errors of brokers.

/// Why a broker cannot take a message or open a channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The number of channels is at its limit, and each is in use.
    #[error("all {limit} channels are in use: use one of them, or retry later")]
    TooManyChannels {
        /// The most channels that are allowed.
        limit: usize,
    },
    /// This account, or all accounts together, have as many idempotency keys as are remembered.
    #[error("more idempotency keys within five minutes than are remembered: retry in {seconds} s")]
    TooManyKeys {
        /// After how many seconds there may be room.
        seconds: u32,
    },
    /// The key was used with another body or other attributes on this channel.
    #[error(
        "this key was used with another message on this channel within five minutes: \
         a new message needs a new key"
    )]
    KeyReused,
    /// The channel has ended.
    #[error(
        "this channel has ended: use another one, \
         or this one once its end has left the history"
    )]
    Ended,
    /// The broker is connected and takes no messages.
    #[error(
        "the broker takes no messages ({why}), so this one was not published: retry in a moment"
    )]
    Refuses {
        /// The broker's code for the reason.
        why: &'static str,
    },
    /// The broker cannot use the data of this channel. Other channels may work.
    #[error(
        "the broker cannot use this channel ({why}): the service's log names the keys to repair"
    )]
    Unusable {
        /// The broker's code for the reason.
        why: String,
    },
    /// The broker is away. It is not known whether it took the message: publish again with the same
    /// key to be sure.
    #[error(
        "the broker is away: retry in a moment; \
         to learn whether a message was published, publish it again with the same Idempotency-Key"
    )]
    Unavailable,
    /// The broker is away until an operator changes a setting of this service or of the broker.
    #[error("the broker is away ({why}): the service's log has the details")]
    NoConnection {
        /// What is wrong, without names or addresses.
        why: &'static str,
    },
}

impl BrokerError {
    /// Returns whether the broker is away.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable | Self::NoConnection { .. })
    }
}
