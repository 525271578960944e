//! What commands print for a person at a terminal.

use std::{
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The hint for a failed connection to a default address.
pub const NOT_RUNNING: &str = "is `cargo lab` running? --url names another address";

/// Prints a text. A closed standard output is not an error: `| head` closes it.
pub fn print_text(text: &str) {
    let _ = write!(io::stdout(), "{text}");
}

/// Prints a line. A closed standard output is not an error: the command has other work to do.
pub fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Returns the URL that opens this address in a browser of this machine.
pub fn local_url(address: SocketAddr) -> String {
    let ip = address.ip();
    let loopback = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ];
    let host = if ip.is_unspecified() || loopback.contains(&ip) {
        "localhost".to_owned()
    } else {
        url_host(ip)
    };
    format!("http://{host}:{}", address.port())
}

/// Returns the address as the host of a URL: IPv6 in brackets (RFC 3986 section 3.2.2).
pub fn url_host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_unspecified_addresses_are_localhost() {
        let url = |address: &str| local_url(address.parse().unwrap());
        for address in ["127.0.0.1:80", "0.0.0.0:80", "[::]:80", "[::1]:80"] {
            assert_eq!(url(address), "http://localhost:80");
        }
        assert_eq!(url("192.0.2.7:80"), "http://192.0.2.7:80");
        assert_eq!(url("[2001:db8::1]:80"), "http://[2001:db8::1]:80");
    }
}
