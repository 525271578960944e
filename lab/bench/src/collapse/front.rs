//! A service behind nginx. The link between them counts what the service is asked and sends.

use crate::{
    load::target::Target,
    nginx,
    peers::process::PeerProcess,
    result::Wire,
    run::gated_link::GatedLink,
    scenario::{Link, Transport},
};
use anyhow::Result;
use serde::Deserialize;
use servers::spawned::SpawnedService;
use std::net::SocketAddr;

const CHANNEL: &str = "bench";
/// Seconds for which a response may be kept. Longer than the slowest subscriber is late.
const KEPT: &str = "10";
/// nginx with connections to the service that are kept, and with `CACHE` for its location.
const PROXY: &str = "proxy_cache_path cache keys_zone=polls:10m;
upstream service { server {service}; keepalive 64; }
server {
    listen {listen} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection \"\";
    proxy_read_timeout 75s;
    location / { proxy_pass http://service; CACHE }
}";
/// Of equal polls, one goes to the service.
const CACHE: &str = "proxy_cache polls; proxy_cache_lock on;";

/// How subscribers get their messages.
pub(super) struct Kind {
    pub(super) name: &'static str,
    transport: Transport,
    settings: &'static [&'static str],
    cache: &'static str,
}

pub(super) const KINDS: [Kind; 3] = [
    Kind {
        name: "polls, from a cache",
        transport: Transport::Longpoll,
        settings: &["--poll-cache", KEPT],
        cache: CACHE,
    },
    Kind {
        name: "polls, no cache",
        transport: Transport::Longpoll,
        settings: &[],
        cache: "",
    },
    Kind {
        name: "SSE",
        transport: Transport::Sse,
        settings: &[],
        cache: "",
    },
];

/// A running service behind nginx.
pub(super) struct Front {
    // Dropped in this order: each reports the loss of the next.
    nginx: PeerProcess,
    link: GatedLink,
    service: SpawnedService,
    transport: Transport,
}

#[derive(Deserialize)]
struct Published {
    id: String,
}

impl Front {
    pub(super) fn start(kind: &Kind) -> Result<Self> {
        let service = SpawnedService::start_alone(kind.transport, kind.settings)?;
        let link = GatedLink::start(service.address, Link::default())?;
        let nginx = nginx::start(link.address(), &PROXY.replace("CACHE", kind.cache))?;
        Ok(Self {
            nginx,
            link,
            service,
            transport: kind.transport,
        })
    }

    /// Returns the target of subscribers through nginx, and of a publisher that is not counted.
    /// Subscribers begin one message behind: their first poll has a response at once, which they
    /// share as well.
    pub(super) fn target(&self) -> Result<Target> {
        let mut publisher = self.service.client()?;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let path = format!("/messages?channel={CHANNEL}");
            publisher.post(&path, r#"{"message":"before"}"#)?;
            let response = publisher.answer()?;
            let Published { id } = serde_json::from_str(&response)?;
            ids.push(id);
        }
        let base = |address: SocketAddr| format!("http://{address}");
        let target = Target::ours(self.transport, &base(self.nginx.address), CHANNEL)?;
        let mut target = target.beginning_after(&ids[0]);
        target.publish =
            format!("{}/messages?channel={CHANNEL}", base(self.service.address)).parse()?;
        Ok(target)
    }

    /// Returns the traffic between nginx and the service so far.
    pub(super) fn traffic(&self) -> Wire {
        self.link.traffic()
    }
}
