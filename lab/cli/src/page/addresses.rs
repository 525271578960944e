//! The addresses of the services, as a browser sees them.

use super::plain_url::{PlainUrl, with_tls};
use clap::Args;
use serde::Serialize;
use std::{collections::BTreeMap, net::SocketAddr};

/// The address of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum ServiceAddress {
    /// A port of the host that served the page, under the name that the visitor used.
    Port(u16),
    /// Another host.
    Url(PlainUrl),
}

/// The addresses of all services: the content of `/services.json`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ServiceAddresses {
    pub(crate) longpoll: ServiceAddress,
    pub(crate) sse: ServiceAddress,
    pub(crate) ws: ServiceAddress,
    /// The gate's ports by name, all on the host that served the page.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) gate: BTreeMap<&'static str, ServiceAddress>,
    /// Whether the page may restart services.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) restarts: bool,
    /// The origin of a proxy for all three services with TLS, and therefore HTTP/2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<ServiceAddress>,
    /// The port of the service that the page may start, on the host that served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topology: Option<ServiceAddress>,
}

/// URLs of services on other hosts than the page's.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServiceUrls {
    /// Address of the long-polling service as browsers see it [default: its port on the page's host]
    #[arg(long, env = "LONGPOLL_URL", value_name = "URL", help_heading = "Page")]
    longpoll_url: Option<PlainUrl>,

    /// Address of the SSE service as browsers see it [default: its port on the page's host]
    #[arg(long, env = "SSE_URL", value_name = "URL", help_heading = "Page")]
    sse_url: Option<PlainUrl>,

    /// Address of the WebSocket service as browsers see it, http:// or https:// [default: its port on the page's host]
    #[arg(long, env = "WS_URL", value_name = "URL", help_heading = "Page")]
    ws_url: Option<PlainUrl>,

    /// Origin of a proxy with TLS and HTTP/2 for all three services, with which the page shows the
    /// browser's limits
    /// a second time (see proxy/Caddyfile.tls)
    #[arg(long, env = "TLS_ORIGIN", value_name = "URL", value_parser = with_tls, help_heading = "Page")]
    tls_origin: Option<PlainUrl>,
}

impl ServiceUrls {
    /// Returns the addresses of all services: the given URLs, and these ports for the others.
    pub(crate) fn or_ports(self, [longpoll, sse, ws]: [u16; 3]) -> ServiceAddresses {
        let address = |url: Option<PlainUrl>, port| {
            url.map_or(ServiceAddress::Port(port), ServiceAddress::Url)
        };
        ServiceAddresses {
            longpoll: address(self.longpoll_url, longpoll),
            sse: address(self.sse_url, sse),
            ws: address(self.ws_url, ws),
            gate: BTreeMap::new(),
            restarts: false,
            tls: self.tls_origin.map(ServiceAddress::Url),
            topology: None,
        }
    }
}

impl ServiceAddresses {
    /// Adds the ports of a gate.
    pub(crate) fn with_gate(self, lanes: &[(&'static str, SocketAddr)]) -> Self {
        Self {
            gate: lanes
                .iter()
                .map(|(name, address)| (*name, ServiceAddress::Port(address.port())))
                .collect(),
            ..self
        }
    }

    /// Adds the port of a topology.
    pub(crate) fn with_topology(self, port: u16) -> Self {
        Self {
            topology: Some(ServiceAddress::Port(port)),
            ..self
        }
    }

    /// Returns every address.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ServiceAddress> {
        let services = [&self.longpoll, &self.sse, &self.ws].into_iter();
        services
            .chain(self.gate.values())
            .chain(&self.tls)
            .chain(&self.topology)
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ports_or_urls() {
        let sse_url = Some("https://a/sse".parse().unwrap());
        let urls = ServiceUrls {
            sse_url,
            ..ServiceUrls::default()
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
    fn an_origin_with_tls_has_no_path() {
        let urls = ServiceUrls {
            tls_origin: with_tls("https://a:8443").ok(),
            ..ServiceUrls::default()
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
