//! The path of an answer: a service, with or without nginx, behind a link that counts and delays.

use crate::{
    nginx,
    peers::process::PeerProcess,
    result::Wire,
    run::gated_link::GatedLink,
    scenario::{Link, Transport},
};
use anyhow::Result;
use client::Base;
use servers::spawned::SpawnedService;
use std::{fmt, net::SocketAddr};

/// What is between the link and a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Direct,
    /// nginx with its defaults.
    Nginx,
    /// nginx with its defaults, which does not let the service turn off its buffer.
    NginxThatBuffers,
}

/// nginx with `proxy_pass` and nothing else but `MORE`.
const PROXY: &str = "server { listen {listen}; location / { proxy_pass http://{service}; MORE } }";
/// No WebSocket passes without these, which its manual recommends.
const UPGRADE: &str = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; \
    proxy_set_header Connection upgrade;";
/// Event streams ask by this header not to be buffered.
const NO_WISHES: &str = "proxy_ignore_headers X-Accel-Buffering;";

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Direct, Self::Nginx, Self::NginxThatBuffers];

    /// Returns the transports for which it differs from the others.
    pub(super) fn transports(self) -> &'static [Transport] {
        match self {
            Self::Direct | Self::Nginx => &[Transport::Longpoll, Transport::Sse, Transport::Ws],
            Self::NginxThatBuffers => &[Transport::Sse],
        }
    }

    fn start_nginx(self, transport: Transport, service: SocketAddr) -> Result<Option<PeerProcess>> {
        let more = match (self, transport) {
            (Self::Direct, _) => return Ok(None),
            (Self::NginxThatBuffers, _) => NO_WISHES,
            (Self::Nginx, Transport::Ws) => UPGRADE,
            (Self::Nginx, _) => "",
        };
        nginx::start(service, &PROXY.replace("MORE", more)).map(Some)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::NginxThatBuffers => "nginx that ignores x-accel-buffering",
        })
    }
}

/// A running path.
pub(super) struct Path {
    // Dropped in this order: each reports the loss of the next.
    link: GatedLink,
    _nginx: Option<PeerProcess>,
    _service: SpawnedService,
    pub(super) transport: Transport,
    /// Where tokens are published, not over the link.
    pub(super) publish: Base,
    /// Where they are read.
    pub(super) read: Base,
}

impl Path {
    pub(super) fn start(transport: Transport, way: Way, link: Link) -> Result<Self> {
        let service = SpawnedService::start_alone(transport, &[])?;
        let address = service.address;
        let nginx = way.start_nginx(transport, address)?;
        let seen = nginx.as_ref().map_or(address, |nginx| nginx.address);
        let link = GatedLink::start(seen, link)?;
        Ok(Self {
            read: format!("http://{}", link.address()).parse()?,
            link,
            _nginx: nginx,
            _service: service,
            transport,
            publish: format!("http://{address}").parse()?,
        })
    }

    /// Returns the traffic of readers so far.
    pub(super) fn traffic(&self) -> Wire {
        self.link.traffic()
    }
}
