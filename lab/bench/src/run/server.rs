//! The server under test, in its own process for one repetition.

use super::{gated_link::GatedLink, machine::Machine};
use crate::{
    load::{target::Target, url::Url},
    peers::process::PeerProcess,
    scenario::{ClientVariant, Link, Load, Operation, Scenario, Server, Transport},
};
use anyhow::{Context, Result, bail};
use servers::spawned::{process::ServerProcess, procfs};
use std::{iter::Sum, net::SocketAddr, time::Duration};
use support::secrets::without_secrets;

/// The channel under load.
const CHANNEL: &str = "bench";
/// Messages per second from which `lab limit` coalesces them.
const MANY: f64 = 100.0;

/// The server of a repetition: processes that end with this value, or another server.
pub(super) struct ServerUnderTest {
    // Dropped before the process: a gate reports the loss of its server.
    link: Option<GatedLink>,
    process: Process,
    url: Url,
}

/// The processes of a server, as far as they are known.
enum Process {
    Ours(ServerProcess),
    Peer(PeerProcess),
    /// A server that runs anyway, by the id of its first process.
    Running(u32),
    Unknown,
}

impl Process {
    /// Returns the ids of all its processes.
    fn pids(&self) -> Vec<u32> {
        match self {
            Self::Ours(process) => vec![process.pid()],
            Self::Peer(process) => process.pids(),
            Self::Running(pid) => procfs::tree(*pid),
            Self::Unknown => Vec::new(),
        }
    }
}

impl ServerUnderTest {
    /// Starts the server of a scenario.
    pub(super) fn start(scenario: &Scenario, machine: &Machine) -> Result<Self> {
        let transport = scenario.transport.name();
        let (process, url) = match &scenario.server {
            Server::Ours => {
                let settings = ["--port", "0", "--workers", "1", "--drain", "0"];
                spawn(
                    &[&["serve", "--with-parent", transport], &settings[..]].concat(),
                    machine,
                )?
            }
            Server::Limit => spawn(
                &[
                    "limit",
                    "--with-parent",
                    transport,
                    "--window",
                    window(scenario.load),
                ],
                machine,
            )?,
            Server::Url(url) => {
                let pid = machine.pid;
                (pid.map_or(Process::Unknown, Process::Running), url.parse()?)
            }
            Server::Peer(name) => {
                let peer = machine.peer(name)?;
                let process = machine.on_server(|| PeerProcess::start(peer))?;
                let url = Url {
                    authority: process.address.to_string(),
                    path: "/".to_owned(),
                };
                (Process::Peer(process), url)
            }
        };
        // Without a simulated link, nothing is between load and server.
        let plain = scenario.link == Link::default();
        let link = (!plain)
            .then(|| GatedLink::start(resolve(&url)?, scenario.link))
            .transpose()?;
        Ok(Self { link, process, url })
    }

    /// Returns the target of the load. Subscribers use the gated link; publishers do not, so that
    /// it counts the traffic of subscribers only.
    pub(super) fn target(&self, scenario: &Scenario, machine: &Machine) -> Result<Target> {
        let authority = self.link.as_ref().map(|link| link.address().to_string());
        let seen = Url {
            authority: authority.unwrap_or(self.url.authority.clone()),
            ..self.url.clone()
        };
        let publishers = if scenario.operation == Operation::Publication {
            &seen
        } else {
            &self.url
        };
        let transport = scenario.transport;
        let new_connections = scenario.variant == ClientVariant::NewConnection;
        if let Server::Peer(name) = &scenario.server {
            let peer = machine.peer(name)?;
            return Ok(peer.target(transport, scenario.operation, &seen.authority));
        }
        if let (Server::Url(_), Some(publish)) = (&scenario.server, &machine.publish) {
            return Ok(Target::new(
                transport,
                seen,
                publish.clone(),
                new_connections,
            ));
        }
        let (read, publish) = paths(scenario)?;
        let at = |url: &Url, path| Url {
            path,
            ..url.clone()
        };
        Ok(Target::new(
            transport,
            at(&seen, read),
            at(publishers, publish),
            new_connections,
        ))
    }

    pub(super) fn link(&self) -> Option<&GatedLink> {
        self.link.as_ref()
    }

    /// Returns the CPU time of all its processes so far, if they are known.
    pub(super) fn cpu(&self) -> Option<Duration> {
        self.sum(procfs::cpu)
    }

    /// Returns the proportional set size of all its processes in bytes, if they are known.
    pub(super) fn memory(&self) -> Option<u64> {
        self.sum(procfs::memory)
    }

    fn sum<T: Sum>(&self, of: fn(u32) -> Option<T>) -> Option<T> {
        let pids = self.process.pids();
        let known = !pids.is_empty();
        known.then(|| pids.into_iter().filter_map(of).sum())
    }
}

fn resolve(url: &Url) -> Result<SocketAddr> {
    url.resolve()
        .with_context(|| without_secrets(&url.to_string()))
}

/// Returns the paths of subscribing and publishing on a service of this project.
fn paths(scenario: &Scenario) -> Result<(String, String)> {
    let channel = format!("channel={CHANNEL}");
    if scenario.operation == Operation::Echo {
        return Ok(("/echo".to_owned(), "/messages".to_owned()));
    }
    let read = match (scenario.transport, scenario.variant) {
        (Transport::Longpoll, ClientVariant::NoCursor) => "/poll".to_owned(),
        (Transport::Sse, ClientVariant::NoCursor) => "/events".to_owned(),
        (Transport::Longpoll, ClientVariant::OnePerAnswer) => {
            format!("/poll?wait=60&limit=1&{channel}")
        }
        // The default wait decides how often an idle poll ends.
        (Transport::Longpoll, _) if scenario.operation == Operation::Quiet => {
            format!("/poll?{channel}")
        }
        (Transport::Longpoll, _) => format!("/poll?wait=60&{channel}"),
        (Transport::Sse, _) => format!("/events?{channel}"),
        (Transport::Ws, ClientVariant::NoCursor) => {
            bail!("every WebSocket of the services has a cursor");
        }
        (Transport::Ws, _) => format!("/ws?{channel}"),
    };
    // Subscribers without a cursor use the default channel.
    let bare = scenario.variant == ClientVariant::NoCursor;
    Ok((
        read,
        if bare {
            "/messages".to_owned()
        } else {
            format!("/messages?{channel}")
        },
    ))
}

fn spawn(arguments: &[&str], machine: &Machine) -> Result<(Process, Url)> {
    let (process, base) = machine.on_server(|| ServerProcess::listening(arguments, None))?;
    Ok((Process::Ours(process), base.parse()?))
}

/// Returns the coalescing window of `lab limit`. Under load, messages leave
/// together, as in a service that is busy.
fn window(load: Load) -> &'static str {
    match load {
        Load::InFlight(0 | 1) => "0",
        Load::PerSecond(rate) if rate < MANY => "0",
        _ => "1ms",
    }
}
