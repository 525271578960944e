//! Where the services are, as a browser sees them.

use clap::Args;
use serde::Serialize;
use std::{collections::BTreeMap, net::SocketAddr, str::FromStr};

/// Where one service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Place {
    /// On the host that served the page, by whatever name the visitor knows it.
    Port(u16),
    /// Somewhere else.
    Url(Url),
}

/// All of them, which is what `/services.json` says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Places {
    pub(crate) longpoll: Place,
    pub(crate) sse: Place,
    pub(crate) ws: Place,
    /// The gate's lanes by their names, all on the host that served the page.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) gate: BTreeMap<&'static str, Place>,
    /// Whether the page may have services restarted.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) restarts: bool,
    /// One origin for all three that speaks TLS, and so HTTP/2: a proxy of somebody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Place>,
    /// Of what the page may start, on the host that served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topology: Option<Place>,
}

/// An address that is plain enough to stand in a header. A path may follow, a query or a user not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Url(String);

/// Addresses for services that are not on the host that serves the page.
#[derive(Args, Clone, Debug)]
pub(crate) struct Urls {
    /// Address of the long-polling service as browsers see it [default: its port on the page's host]
    #[arg(long, env = "LONGPOLL_URL", value_name = "URL", help_heading = "Page")]
    longpoll_url: Option<Url>,

    /// Address of the SSE service as browsers see it [default: its port on the page's host]
    #[arg(long, env = "SSE_URL", value_name = "URL", help_heading = "Page")]
    sse_url: Option<Url>,

    /// Address of the WebSocket service as browsers see it, http:// or https:// [default: its port on the page's host]
    #[arg(long, env = "WS_URL", value_name = "URL", help_heading = "Page")]
    ws_url: Option<Url>,

    /// Origin of a proxy that speaks TLS and HTTP/2 in front of all three services, with which the page shows the browser's
    /// limits a second time (proxy/Caddyfile.tls makes one)
    #[arg(long, env = "TLS_ORIGIN", value_name = "URL", value_parser = with_tls, help_heading = "Page")]
    tls_origin: Option<Url>,
}

fn with_tls(text: &str) -> Result<Url, String> {
    let url = text
        .parse::<Url>()
        .ok()
        .filter(|url| url.0 == format!("https://{}", url.origin().1));
    url.ok_or_else(|| {
        "an origin with TLS is https://HOST or https://HOST:PORT, without a path".to_owned()
    })
}

impl Urls {
    /// The addresses that were given, and ports for the rest.
    pub(crate) fn or_ports(self, [longpoll, sse, ws]: [u16; 3]) -> Places {
        let place = |url: Option<Url>, port| url.map_or(Place::Port(port), Place::Url);
        Places {
            longpoll: place(self.longpoll_url, longpoll),
            sse: place(self.sse_url, sse),
            ws: place(self.ws_url, ws),
            gate: BTreeMap::new(),
            restarts: false,
            tls: self.tls_origin.map(Place::Url),
            topology: None,
        }
    }
}

impl Places {
    /// The same with a gate that listens there.
    pub(crate) fn with_gate(self, lanes: &[(&'static str, SocketAddr)]) -> Self {
        Self {
            gate: lanes
                .iter()
                .map(|(name, address)| (*name, Place::Port(address.port())))
                .collect(),
            ..self
        }
    }

    /// The same with a topology at that port.
    pub(crate) fn with_topology(self, port: u16) -> Self {
        Self {
            topology: Some(Place::Port(port)),
            ..self
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Place> {
        let services = [&self.longpoll, &self.sse, &self.ws].into_iter();
        services
            .chain(self.gate.values())
            .chain(&self.tls)
            .chain(&self.topology)
    }
}

impl Url {
    /// Scheme, and host with port.
    pub(crate) fn origin(&self) -> (&str, &str) {
        let (scheme, rest) = self.0.split_once("://").expect("it was parsed");
        (scheme, rest.split('/').next().unwrap_or(rest))
    }
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/%".contains(&byte);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let whole =
            matches!(scheme, "http" | "https") && !rest.is_empty() && !rest.starts_with(['/', ':']);
        let valid = whole && rest.bytes().all(plain);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| {
            "an address is http://HOST:PORT or https://HOST, perhaps with a path".to_owned()
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_an_origin() {
        let origin = |text: &str| text.parse::<Url>().map(|url| format!("{:?}", url.origin()));
        assert_eq!(
            origin("http://a.example:3000").unwrap(),
            r#"("http", "a.example:3000")"#
        );
        assert_eq!(
            origin("https://a.example/poll/").unwrap(),
            r#"("https", "a.example")"#
        );
        for wrong in [
            "",
            "a",
            "ws://a",
            "http://",
            "http:///x",
            "http://:1",
            "http://a b",
            "http://a;x",
            "http://u@a",
            "http://a?b",
            "http://a'",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_are_ports_or_addresses() {
        let sse_url = Some("https://a/sse".parse().unwrap());
        let urls = Urls {
            longpoll_url: None,
            sse_url,
            ws_url: None,
            tls_origin: None,
        };
        let json = serde_json::to_string(&urls.clone().or_ports([3000, 3001, 8080])).unwrap();
        assert_eq!(json, r#"{"longpoll":3000,"sse":"https://a/sse","ws":8080}"#);
        let gate = urls
            .or_ports([3000, 3001, 8080])
            .with_gate(&[("sse", "127.0.0.1:8002".parse().unwrap())]);
        let both = gate.with_topology(8005);
        assert!(
            serde_json::to_string(&both)
                .unwrap()
                .ends_with(r#","gate":{"sse":8002},"topology":8005}"#)
        );
    }

    #[test]
    fn an_origin_with_tls_is_nothing_else() {
        let urls = Urls {
            longpoll_url: None,
            sse_url: None,
            ws_url: None,
            tls_origin: with_tls("https://a:8443").ok(),
        };
        let json = serde_json::to_string(&urls.or_ports([1, 2, 3])).unwrap();
        assert_eq!(
            json,
            r#"{"longpoll":1,"sse":2,"ws":3,"tls":"https://a:8443"}"#
        );
        for wrong in ["http://a:8443", "https://a/", "https://a/b", "a:8443", ""] {
            assert!(with_tls(wrong).is_err(), "{wrong}");
        }
    }
}
