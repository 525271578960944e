//! Settings of permissions and of the limits of each client.

use super::{
    origin,
    value_parsers::{publish_rate, whole_number},
};
use clap::Args;
use std::{fmt, path::PathBuf};

/// Which pages may use a service, and the limits of each client.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Access")]
pub struct AccessSettings {
    /// Origins whose pages may use this service, comma-separated, or * for any
    #[arg(long, env, value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    #[arg(default_value = "http://localhost:8000,http://127.0.0.1:8000")]
    pub origins: Vec<String>,

    /// Messages a second that one address, and one token, may publish on average; 0 for no limit
    #[arg(long, env, value_name = "N", default_value = "0", value_parser = publish_rate)]
    pub publish_rate: f64,

    /// New channels a minute that one address, and one token, may create; 0 for no limit [default:
    /// a quarter of --max-channels, at least 60]
    #[arg(long, env, value_name = "N")]
    pub new_channels: Option<u32>,

    /// Maximum of open connections of one address (of IPv6: one /64), 0 for no limit; behind a
    /// proxy all have the proxy's address
    #[arg(long, env, value_name = "N", default_value_t = 0)]
    pub max_connections_per_address: usize,

    /// Number of your own proxies in front, whose X-Forwarded-For names the client's address; 0 to
    /// trust none
    #[arg(long, env, value_name = "N", default_value_t = 0)]
    #[arg(value_parser = whole_number::<u8>(0..=16))]
    pub trust_proxy: u8,
}

/// How tokens are checked.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Access")]
pub struct TokenSettings {
    /// File with the key that verifies tokens: a public key in PEM (RS256, ES256) or a secret
    /// (HS256) [default: none, no token is needed]
    #[arg(long, env, value_name = "PATH", conflicts_with = "jwt_secret")]
    pub jwt_key_file: Option<PathBuf>,

    /// The secret itself (HS256), at least 32 bytes; other users of the machine can see flags, but
    /// not the variable [default: none]
    #[arg(long, env, value_name = "SECRET", hide_env_values = true)]
    pub jwt_secret: Option<Secret>,

    /// Audience that tokens must name (aud) [default: none; then a token with aud is refused]
    #[arg(long, env, value_name = "NAME")]
    pub jwt_audience: Option<String>,

    /// Issuer that tokens must name (iss) [default: none, any issuer with the key]
    #[arg(long, env, value_name = "NAME")]
    pub jwt_issuer: Option<String>,
}

/// A text that neither logs nor errors show.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl AccessSettings {
    /// Returns whether pages of this origin may use the service.
    pub fn allows_origin(&self, origin: &[u8]) -> bool {
        self.allows_any_origin() || self.names_origin(origin)
    }

    /// Returns whether pages of any origin may use the service.
    pub(crate) fn allows_any_origin(&self) -> bool {
        self.origins.iter().any(|allowed| allowed == "*")
    }

    /// Returns whether the settings name this origin. `*` does not.
    pub(crate) fn names_origin(&self, origin: &[u8]) -> bool {
        origin != b"*" && self.origins.iter().any(|named| named.as_bytes() == origin)
    }
}
