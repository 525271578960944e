//! What the page may do in a browser: everything it is made of comes from its own server, and it may talk to the three
//! services, the gate and the proxy in front of them, what it may start itself, and nobody else.

use super::places::{Place, Places};

/// The Content-Security-Policy of a page that was asked for by this `Host`.
pub(super) fn content_security_policy(host: Option<&str>, places: &Places) -> String {
    let services: Vec<_> = places
        .all()
        .flat_map(|place| sources(place, host))
        .collect();
    let connect = [&["'self'".to_owned()], &services[..]].concat().join(" ");
    format!(
        "default-src 'self'; connect-src {connect}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

fn sources(place: &Place, host: Option<&str>) -> Vec<String> {
    match place {
        Place::Port(port) => match host.and_then(plain_host) {
            Some(host) => vec![
                format!("http://{host}:{port}"),
                format!("ws://{host}:{port}"),
            ],
            None => Vec::new(),
        },
        Place::Url(url) => {
            let (scheme, authority) = url.origin();
            vec![
                format!("{scheme}://{authority}"),
                format!("{}://{authority}", scheme.replace("http", "ws")),
            ]
        }
    }
}

/// The name in a `Host` header, if it is one that says in a policy what it says in an address. The header is the
/// visitor's to choose, and a policy has no place for IPv6 addresses.
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

    fn places() -> Places {
        let ws = Place::Url("https://ws.example/lane".parse().unwrap());
        let (longpoll, sse) = (Place::Port(3000), Place::Port(3001));
        let topology = Some(Place::Port(8005));
        Places {
            longpoll,
            sse,
            ws,
            gate: Default::default(),
            restarts: false,
            tls: None,
            topology,
        }
    }

    #[test]
    fn the_policy_follows_the_name_by_which_the_page_was_asked_for() {
        assert_eq!(
            content_security_policy(Some("lab.local:8000"), &places()),
            "default-src 'self'; connect-src 'self' http://lab.local:3000 ws://lab.local:3000 http://lab.local:3001 \
             ws://lab.local:3001 https://ws.example wss://ws.example http://lab.local:8005 ws://lab.local:8005; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'"
        );
    }

    #[test]
    fn a_host_that_is_more_than_a_name_allows_nothing() {
        let without = content_security_policy(None, &places());
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
                content_security_policy(Some(host), &places()),
                without,
                "{host:?}"
            );
        }
    }

    #[test]
    fn names_and_ipv4_addresses_are_taken_with_and_without_port() {
        for (header, name) in [
            ("localhost", "localhost"),
            ("127.0.0.1:8000", "127.0.0.1"),
            ("a-b.example:1", "a-b.example"),
        ] {
            assert_eq!(plain_host(header), Some(name));
        }
    }
}
