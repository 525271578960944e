//! The content security policy of the page. Scripts, styles and images come from its own server. It
//! may connect only to the services, the gate, the proxy and the topology.

use super::addresses::{ServiceAddress, ServiceAddresses};

/// Returns the policy for a request with this `Host` header.
pub(super) fn content_security_policy(host: Option<&str>, addresses: &ServiceAddresses) -> String {
    let services: Vec<_> = addresses
        .all()
        .flat_map(|address| sources(address, host))
        .collect();
    let connect = [&["'self'".to_owned()], &services[..]].concat().join(" ");
    format!(
        "default-src 'self'; connect-src {connect}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

fn sources(address: &ServiceAddress, host: Option<&str>) -> Vec<String> {
    match address {
        ServiceAddress::Port(port) => match host.and_then(plain_host) {
            Some(host) => vec![
                format!("http://{host}:{port}"),
                format!("ws://{host}:{port}"),
            ],
            None => Vec::new(),
        },
        ServiceAddress::Url(url) => {
            let (scheme, authority) = url.origin();
            vec![
                format!("{scheme}://{authority}"),
                format!("{}://{authority}", scheme.replace("http", "ws")),
            ]
        }
    }
}

/// Returns the name in a `Host` header if it is safe in a policy. The client chooses the header,
/// and a policy cannot contain an IPv6 address.
fn plain_host(header: &str) -> Option<&str> {
    let (name, port) = header.split_once(':').unwrap_or((header, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let valid = (1..=253).contains(&name.len())
        && name.bytes().all(plain)
        && port.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::ServiceUrls;

    fn addresses() -> ServiceAddresses {
        ServiceAddresses {
            ws: ServiceAddress::Url("https://ws.example/lane".parse().unwrap()),
            ..ServiceUrls::default().or_ports([3000, 3001, 0])
        }
        .with_topology(8005)
    }

    #[test]
    fn the_policy_uses_the_requested_host() {
        assert_eq!(
            content_security_policy(Some("lab.local:8000"), &addresses()),
            "default-src 'self'; connect-src 'self' http://lab.local:3000 ws://lab.local:3000 http://lab.local:3001 \
             ws://lab.local:3001 https://ws.example wss://ws.example http://lab.local:8005 ws://lab.local:8005; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'"
        );
    }

    #[test]
    fn an_unsafe_host_adds_no_source() {
        let without = content_security_policy(None, &addresses());
        assert!(
            without.contains("connect-src 'self' https://ws.example"),
            "{without}"
        );
        for host in [
            "",
            ":8000",
            "a b",
            "a;script-src *",
            "*",
            "a:80:90",
            "a:x",
            "[::1]:8000",
            "a,b",
            "a/b",
            "a\n",
            "ä",
            &"x".repeat(254),
        ] {
            assert_eq!(
                content_security_policy(Some(host), &addresses()),
                without,
                "{host:?}"
            );
        }
    }

    #[test]
    fn names_and_ipv4_addresses_are_safe_with_and_without_port() {
        for (header, name) in [
            ("localhost", "localhost"),
            ("127.0.0.1:8000", "127.0.0.1"),
            ("a-b.example:1", "a-b.example"),
        ] {
            assert_eq!(plain_host(header), Some(name));
        }
    }
}
