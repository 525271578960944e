//! The greeting of `lab up`: its addresses, and what to do with them.

use super::ports::Listeners;
use service::config::origin;
use std::{
    io,
    net::{SocketAddr, TcpListener},
};
use support::{
    console::{local_url, url_host},
    transports::{GATE_LANES, LANES},
};

/// The addresses of services, page and gate.
pub(super) struct Addresses {
    /// In the order of the lanes.
    pub(super) services: [SocketAddr; 3],
    pub(super) page: SocketAddr,
    pub(super) gate: [SocketAddr; 4],
}

impl Addresses {
    pub(super) fn of(listeners: &Listeners) -> io::Result<Self> {
        Ok(Self {
            services: addresses(&listeners.services)?,
            page: listeners.page.local_addr()?,
            gate: addresses(&listeners.gate)?,
        })
    }

    /// Returns the origins of the page under its usual names.
    pub(super) fn page_origins(&self) -> Vec<String> {
        let port = self.page.port();
        let ip = self.page.ip();
        let own = (!ip.is_unspecified()).then(|| url_host(ip));
        let mut names: Vec<_> = ["localhost".to_owned(), "127.0.0.1".to_owned()]
            .into_iter()
            .chain(own)
            .collect();
        names.dedup();
        names
            .into_iter()
            .filter_map(|name| origin(&format!("http://{name}:{port}")).ok())
            .collect()
    }

    /// Returns the text of the greeting.
    pub(super) fn greeting(&self) -> String {
        let [longpoll, sse, _] = self.services.map(local_url);
        let page = local_url(self.page);
        let line = |(label, address): (&str, &SocketAddr)| {
            format!("  {label:<15}{}\n", local_url(*address))
        };
        let services: String = LANES
            .iter()
            .map(|lane| lane.label)
            .zip(&self.services)
            .map(line)
            .collect();
        let gate = GATE_LANES.map(|name| format!("gate {name}"));
        let gate: String = gate
            .iter()
            .map(|name| &**name)
            .zip(&self.gate)
            .map(line)
            .collect();
        format!(
            "\
A message that is published to one service reaches the subscribers of all three.

  page           {page}
{services}
The same services behind a gate, which counts and delays traffic and can break it. The last port is one origin for
all three:

{gate}
Open {page} in a browser. Or subscribe and publish in two terminals:

  curl -N '{sse}/events?channel=main'
  curl '{longpoll}/messages?channel=main' -H 'Content-Type: application/json' -d '{{\"message\":\"hello\"}}'

{elsewhere}Press Ctrl-C to stop.",
            elsewhere = self.elsewhere(),
        )
    }

    /// Returns the hint for visitors from other machines, if the page is reachable from there.
    fn elsewhere(&self) -> String {
        if !self.page.ip().is_unspecified() {
            return String::new();
        }
        let port = self.page.port();
        format!("For visitors from other machines add --origins http://NAME:{port}\n\n")
    }
}

fn addresses<const N: usize>(listeners: &[TcpListener; N]) -> io::Result<[SocketAddr; N]> {
    let all: io::Result<Vec<_>> = listeners.iter().map(TcpListener::local_addr).collect();
    Ok(all?.try_into().expect("one for each listener"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn at(page: &str) -> Addresses {
        let local = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (services, gate) = (
            LANES.map(|lane| local(lane.service_port)),
            [8001, 8002, 8003, 8004].map(local),
        );
        Addresses {
            services,
            page: page.parse().unwrap(),
            gate,
        }
    }

    #[test]
    fn the_page_is_allowed_under_every_name() {
        let names = |page| at(page).page_origins().join(" ");
        assert_eq!(
            names("127.0.0.1:9000"),
            "http://localhost:9000 http://127.0.0.1:9000"
        );
        assert!(
            names("127.0.0.2:80").ends_with(" http://127.0.0.2"),
            "browsers leave the port out"
        );
        assert_eq!(
            names("0.0.0.0:8000"),
            "http://localhost:8000 http://127.0.0.1:8000"
        );
        assert_eq!(
            names("192.0.2.7:8000"),
            "http://localhost:8000 http://127.0.0.1:8000 http://192.0.2.7:8000"
        );
        assert_eq!(
            names("[2001:db8::1]:80"),
            "http://localhost http://127.0.0.1 http://[2001:db8::1]"
        );
    }

    #[test]
    fn the_greeting_names_all_addresses() {
        let greeting = at("0.0.0.0:8000").greeting();
        for part in [
            "Open http://localhost:8000 in a browser",
            "http://localhost:3000\n",
            "http://localhost:3001\n",
            "http://localhost:8080\n",
            "  gate longpoll  http://localhost:8001\n",
            "  gate shared    http://localhost:8004\n",
        ] {
            assert!(greeting.contains(part), "{greeting}");
        }
        assert!(
            greeting.contains("--origins http://NAME:8000"),
            "{greeting}"
        );
        assert!(!at("127.0.0.1:8000").greeting().contains("--origins"));
    }
}
