//! nginx in front of a service, as `scripts/setup` installs it.

use crate::peers::{Peer, process::PeerProcess};
use anyhow::{Result, ensure};
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

pub(crate) fn is_installed() -> bool {
    nginx("").missing().is_none()
}

/// Starts nginx with this part of its configuration, in which `{listen}` is its own address and
/// `{service}` that of the service. Waits until it listens.
///
/// # Errors
///
/// Fails if it ends or does not listen in time. The error has what it printed.
pub(crate) fn start(service: SocketAddr, http: &str) -> Result<PeerProcess> {
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
