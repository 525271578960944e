//! A service, perhaps behind nginx as `scripts/setup` installs it, with a link that counts and
//! delays: before both, or between them.

use crate::{
    peers::{Peer, process::PeerProcess},
    result::Wire,
    run::gated_link::GatedLink,
    scenario::{Link, Transport},
};
use anyhow::{Result, ensure};
use servers::spawned::SpawnedService;
use std::{env, net::SocketAddr};

/// The reason to leave out what needs nginx.
pub(crate) const MISSING: &str =
    "nginx is not installed, so what passes through it is left out: scripts/setup installs it";
/// What it needs to run in a directory of its own, with `HTTP` for the rest. Nothing here changes
/// what it does with a response.
const AROUND: &str = "daemon off;
pid nginx.pid;
error_log stderr;
worker_rlimit_nofile 65536;
events { worker_connections 32768; }
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
HTTP
}
";

/// A running service with its link.
pub(crate) struct LinkedService {
    // Dropped in this order: a link reports the loss of its server.
    link: GatedLink,
    _nginx: Option<PeerProcess>,
    pub(crate) service: SpawnedService,
    pub(crate) transport: Transport,
    /// Where subscribers connect.
    entry: SocketAddr,
}

impl LinkedService {
    /// Starts a service, and nginx in front of it if there is a configuration. Subscribers connect
    /// through the link.
    pub(crate) fn behind_link(
        transport: Transport,
        link: Link,
        http: Option<&str>,
    ) -> Result<Self> {
        let service = SpawnedService::start_alone(transport, &[])?;
        let nginx = http.map(|http| start(service.address, http)).transpose()?;
        let seen = nginx
            .as_ref()
            .map_or(service.address, |nginx| nginx.address);
        let link = GatedLink::start(seen, link)?;
        Ok(Self {
            entry: link.address(),
            link,
            _nginx: nginx,
            service,
            transport,
        })
    }

    /// Starts a service with these settings, and nginx in front of it. The link between them counts
    /// what the service is asked and sends.
    pub(crate) fn behind_nginx(
        transport: Transport,
        settings: &[&str],
        http: &str,
    ) -> Result<Self> {
        let service = SpawnedService::start_alone(transport, settings)?;
        let link = GatedLink::start(service.address, Link::default())?;
        let nginx = start(link.address(), http)?;
        Ok(Self {
            entry: nginx.address,
            link,
            _nginx: Some(nginx),
            service,
            transport,
        })
    }

    /// Returns the traffic of the link so far.
    pub(crate) fn traffic(&self) -> Wire {
        self.link.traffic()
    }

    /// Returns the URL where subscribers connect.
    pub(crate) fn entry(&self) -> String {
        format!("http://{}", self.entry)
    }

    /// Returns the URL where messages are published, not over the link.
    pub(crate) fn publish(&self, channel: &str) -> String {
        format!("http://{}/messages?channel={channel}", self.service.address)
    }
}

pub(crate) fn is_installed() -> bool {
    nginx("").missing().is_none()
}

/// Starts nginx with this part of its configuration, in which `{listen}` is its own address and
/// `{service}` that of the service. Waits until it listens.
fn start(service: SocketAddr, http: &str) -> Result<PeerProcess> {
    ensure!(is_installed(), MISSING);
    let http = http
        .replace("{listen}", "127.0.0.1:{port}")
        .replace("{service}", &service.to_string());
    PeerProcess::start(&nginx(&http))
}

fn nginx(http: &str) -> Peer {
    let start = ["nginx", "-p", "{dir}", "-c", "nginx.conf"];
    Peer {
        name: "nginx".to_owned(),
        folder: env::temp_dir(),
        needs: vec!["nginx".to_owned()],
        start: start.map(str::to_owned).into(),
        files: [("nginx.conf".to_owned(), AROUND.replace("HTTP", http))].into(),
        ..Peer::default()
    }
}
