//! Addresses with several hosts: `SCHEME://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/PATH][?QUERY]`.

use super::AddressMistake;
use redis::{ConnectionInfo, IntoConnectionInfo};

/// The parts of such an address, as they are written.
pub(super) struct HostList<'a> {
    /// `rediss` or `redis`.
    pub(super) scheme: &'static str,
    /// User and password of Redis.
    pub(super) user_info: Option<&'a str>,
    hosts: Vec<&'a str>,
    /// What follows the hosts, without its slash.
    pub(super) path: &'a str,
    /// The names and values of the query.
    pub(super) parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> HostList<'a> {
    /// Splits what follows the `://` of an address.
    pub(super) fn split(uses_tls: bool, rest: &'a str) -> Self {
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user_info, rest) = match rest.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            scheme: if uses_tls { "rediss" } else { "redis" },
            user_info,
            hosts: hosts.split(',').collect(),
            path,
            parameters: pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .collect(),
        }
    }

    /// Returns the servers, with this user and password, and this port where none is given.
    ///
    /// # Errors
    ///
    /// Returns an error that names the wrong host by its position: it may be a misplaced secret.
    pub(super) fn servers(
        &self,
        user_info: Option<&str>,
        default_port: u16,
    ) -> Result<Vec<ConnectionInfo>, AddressMistake> {
        let server = |(at, host): (usize, &&str)| {
            let port = if has_port(host) {
                String::new()
            } else {
                format!(":{default_port}")
            };
            self.parse(user_info, &format!("{host}{port}"))
                .ok_or(AddressMistake::Host(at))
        };
        (1..).zip(&self.hosts).map(server).collect()
    }

    /// Parses one server, with the driver's rules. `None` is an error, without a text that may
    /// repeat a password.
    pub(super) fn parse(&self, user_info: Option<&str>, host: &str) -> Option<ConnectionInfo> {
        let user_info = user_info.map_or(String::new(), |text| format!("{text}@"));
        let url = format!("{}://{user_info}{host}", self.scheme);
        url.into_connection_info().ok()
    }
}

/// Returns whether a host, which may be an IPv6 address in brackets, has a port.
fn has_port(host: &str) -> bool {
    let after_brackets = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    after_brackets.contains(':')
}
