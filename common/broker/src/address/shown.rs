//! How the address of a server is shown in logs.

use redis::ConnectionAddr;
use std::net::Ipv6Addr;

/// Shows a host and a port, or a path.
pub(crate) fn shown(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }
            if host.parse::<Ipv6Addr>().is_ok() =>
        {
            format!("[{host}]:{port}")
        }
        other => other.to_string(),
    }
}
