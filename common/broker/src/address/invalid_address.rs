//! Why a text is not the address of a broker.

use thiserror::Error;

/// The valid addresses.
const ALLOWED: &str = "memory, redis://[user:password@]host[:port][/db], \
     unix:///path/to/socket[?db=N&user=USER&pass=PASSWORD], redis+sentinel://\
     [user:password@]host[:port][,host[:port]…]/master[/db]\
     [?sentinel-user=USER&sentinel-password=PASSWORD], or \
     redis+cluster://[user:password@]host[:port][,host[:port]…]; with rediss for TLS";

/// A text is not the address of a broker. Never repeats the text, which may hold a password.
#[derive(Debug, Error)]
pub enum InvalidAddress {
    /// It has none of the valid forms.
    #[error("expected {ALLOWED}")]
    Unknown,
    /// It has this mistake.
    #[error("{0}; expected {ALLOWED}")]
    Known(AddressMistake),
}

impl From<AddressMistake> for InvalidAddress {
    fn from(mistake: AddressMistake) -> Self {
        Self::Known(mistake)
    }
}

/// A mistake in the address of a Redis.
#[derive(Debug, Error)]
pub enum AddressMistake {
    /// The characters @ # / ? stand in user or password.
    #[error("percent-encode the characters @ # / ? in user and password (%40 %23 %2F %3F)")]
    UserInfo,
    /// The characters # & + stand in the query of a Unix socket.
    #[error("percent-encode the characters # & + in user and pass (%23 %26 %2B)")]
    SocketQuery,
    /// The character # stands in an address of several hosts.
    #[error("percent-encode the characters # & @ in parameters (%23 %26 %40)")]
    Parameters,
    /// It asks for TLS without certificates, as other clients of Redis allow.
    #[error("certificates are always verified: name the root certificate with --broker-ca FILE")]
    Insecure,
    /// The host with this number, from 1, is wrong. It may be a misplaced secret.
    #[error("number {0} of the hosts is not HOST or HOST:PORT")]
    Host(usize),
    /// The name of a sentinel's master is missing or wrong.
    #[error("the path must be the name of the master, of letters, digits and - . _")]
    MasterName,
    /// Sentinels have other parameters.
    #[error("the parameters of sentinels are sentinel-user and sentinel-password")]
    SentinelParameter,
    /// A user of sentinels has no password.
    #[error("sentinel-user needs sentinel-password")]
    SentinelUser,
    /// The address of a cluster has a path or parameters.
    #[error("a cluster has no databases and no parameters")]
    Cluster,
    /// A user has no password.
    #[error("a user needs a password")]
    User,
}
