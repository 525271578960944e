//! Where a Redis is: at one address, where sentinels say, or at the nodes of a cluster.

use super::{AddressMistake, InvalidAddress, hints, host_list::HostList, shown::shown};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::str::FromStr;

/// The usual port of a sentinel.
const SENTINEL_PORT: u16 = 26379;
/// The usual port of a node of a cluster.
const NODE_PORT: u16 = 6379;

/// Where a Redis or Valkey is.
#[derive(Clone)]
pub enum RedisAddress {
    /// At this address.
    Server(ConnectionInfo),
    /// Where sentinels say.
    Sentinel(SentinelAddress),
    /// At the nodes of a cluster. At least one of them is known, and tells of the others.
    Cluster(Vec<ConnectionInfo>),
}

/// A master that sentinels watch.
#[derive(Clone)]
pub struct SentinelAddress {
    /// The sentinels, at least one.
    pub(crate) sentinels: Vec<ConnectionInfo>,
    /// The name of the master.
    pub(crate) master: String,
    /// User, password and database of the master. The address in it is not used.
    pub(crate) template: ConnectionInfo,
}

impl RedisAddress {
    /// Returns whether connections are encrypted.
    pub(super) fn uses_tls(&self) -> bool {
        matches!(self.template().addr(), ConnectionAddr::TcpTls { .. })
    }

    /// Returns the number of the database. A cluster has one only.
    pub(super) fn database(&self) -> Option<i64> {
        let is_cluster = matches!(self, Self::Cluster(_));
        (!is_cluster).then(|| self.template().redis_settings().db())
    }

    /// Returns user, password and database of every connection.
    pub(crate) fn template(&self) -> &ConnectionInfo {
        match self {
            Self::Server(info) => info,
            Self::Sentinel(address) => &address.template,
            Self::Cluster(nodes) => &nodes[0],
        }
    }

    /// Shows hosts and ports, or a path, and no credentials.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Server(info) => shown(info.addr()),
            Self::Sentinel(SentinelAddress {
                sentinels, master, ..
            }) => {
                format!("master {master} of the sentinels {}", shown_list(sentinels))
            }
            Self::Cluster(nodes) => format!("cluster of {}", shown_list(nodes)),
        }
    }
}

fn shown_list(servers: &[ConnectionInfo]) -> String {
    let shown: Vec<_> = servers.iter().map(|info| shown(info.addr())).collect();
    shown.join(", ")
}

impl FromStr for RedisAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let scheme = scheme.to_ascii_lowercase();
        match scheme.split_once('+') {
            Some(("redis" | "valkey", "sentinel")) => sentinel(&HostList::split(false, rest), rest),
            Some(("rediss" | "valkeys", "sentinel")) => {
                sentinel(&HostList::split(true, rest), rest)
            }
            Some(("redis" | "valkey", "cluster")) => cluster(&HostList::split(false, rest), rest),
            Some(("rediss" | "valkeys", "cluster")) => cluster(&HostList::split(true, rest), rest),
            _ => server(&scheme, text, rest),
        }
    }
}

fn server(scheme: &str, text: &str, rest: &str) -> Result<RedisAddress, InvalidAddress> {
    let hint = match scheme {
        "redis" | "valkey" | "rediss" | "valkeys" => hints::for_host(rest),
        "unix" | "redis+unix" | "valkey+unix" => hints::for_socket(rest),
        _ => None,
    };
    if let Some(hint) = hint {
        return Err(hint.into());
    }
    // The parser's own error might repeat a password.
    let info = text
        .into_connection_info()
        .map_err(|_| InvalidAddress::Unknown)?;
    Ok(RedisAddress::Server(with_password(info)?))
}

fn sentinel(list: &HostList<'_>, rest: &str) -> Result<RedisAddress, InvalidAddress> {
    if let Some(hint) = hints::for_hosts(rest) {
        return Err(hint.into());
    }
    let (master, database) = list.path.split_once('/').unwrap_or((list.path, ""));
    if !is_master_name(master) {
        return Err(AddressMistake::MasterName.into());
    }
    let own = sentinel_user_info(&list.parameters)?;
    let template = list
        .parse(list.user_info, &format!("master/{database}"))
        .ok_or(InvalidAddress::Unknown)?;
    Ok(RedisAddress::Sentinel(SentinelAddress {
        sentinels: list.servers(own.as_deref(), SENTINEL_PORT)?,
        master: master.to_owned(),
        template: with_password(template)?,
    }))
}

fn cluster(list: &HostList<'_>, rest: &str) -> Result<RedisAddress, InvalidAddress> {
    if let Some(hint) = hints::for_hosts(rest) {
        return Err(hint.into());
    }
    if !["", "0"].contains(&list.path) || !list.parameters.is_empty() {
        return Err(AddressMistake::Cluster.into());
    }
    let nodes = list.servers(list.user_info, NODE_PORT)?;
    let nodes = nodes.into_iter().map(with_password);
    Ok(RedisAddress::Cluster(nodes.collect::<Result<_, _>>()?))
}

/// Sentinel allows no others.
fn is_master_name(text: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.bytes().all(is_valid)
}

/// Returns `USER:PASSWORD` of the sentinels, as they are written.
fn sentinel_user_info(parameters: &[(&str, &str)]) -> Result<Option<String>, AddressMistake> {
    let (mut user, mut password) = ("", None);
    for (name, value) in parameters {
        match *name {
            "sentinel-user" => user = value,
            "sentinel-password" => password = Some(value),
            _ => return Err(AddressMistake::SentinelParameter),
        }
    }
    match password {
        Some(password) => Ok(Some(format!("{user}:{password}"))),
        None if user.is_empty() => Ok(None),
        None => Err(AddressMistake::SentinelUser),
    }
}

fn with_password(info: ConnectionInfo) -> Result<ConnectionInfo, AddressMistake> {
    let settings = info.redis_settings();
    if settings.username().is_some() && settings.password().is_none() {
        return Err(AddressMistake::User);
    }
    Ok(info)
}
