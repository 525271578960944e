//! The server under test, in its own process for one repetition.

use super::{gated_link::GatedLink, machine::Machine};
use crate::{
    load::{
        CHANNEL,
        target::{Opens, Target},
        url::Url,
    },
    peers::process::PeerProcess,
    scenario::{ClientVariant, Link, Load, Operation, Scenario, Server, Transport},
};
use anyhow::{Context, Result, ensure};
use servers::spawned::{process::ServerProcess, procfs};
use std::{iter::Sum, net::SocketAddr, time::Duration};
use support::secrets::without_secrets;

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
    /// A server that runs anyway, by the id of its first process, if that is known.
    Running(Option<u32>),
}

impl ServerUnderTest {
    /// Starts the server of a scenario.
    pub(super) fn start(scenario: &Scenario, machine: &Machine) -> Result<Self> {
        let transport = scenario.transport.name();
        let spawn = |arguments: &[&str]| -> Result<_> {
            let start = || ServerProcess::listening(arguments, None);
            let (process, base) = machine.on_server(start)?;
            Ok((Process::Ours(process), base.parse()?))
        };
        let (process, url) = match &scenario.server {
            Server::Ours => spawn(&[
                "serve",
                "--with-parent",
                transport,
                "--port",
                "0",
                "--workers",
                "1",
                "--drain",
                "0",
            ])?,
            Server::Limit => spawn(&[
                "limit",
                "--with-parent",
                transport,
                "--window",
                window(scenario.load),
            ])?,
            Server::Url(url) => (Process::Running(machine.pid), url.parse()?),
            Server::Peer(name) => {
                let peer = machine.peer(name)?;
                let process = machine.on_server(|| PeerProcess::start(peer))?;
                let url = format!("http://{}/", process.address).parse()?;
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
        let mut seen = self.url.clone();
        if let Some(link) = &self.link {
            seen.authority = link.address().to_string();
        }
        let transport = scenario.transport;
        if let Server::Peer(name) = &scenario.server {
            let peer = machine.peer(name)?;
            return Ok(peer.target(transport, scenario.operation, &seen.authority));
        }
        let new_connections = scenario.variant == ClientVariant::NewConnection;
        if let (Server::Url(_), Some(publish)) = (&scenario.server, &machine.publish) {
            let mut target = Target::new(transport, seen, publish.clone(), new_connections);
            if transport == Transport::Longpoll {
                target.opens = Opens::Unknown;
            }
            return Ok(target);
        }
        let publishers = if scenario.operation == Operation::Publication {
            &seen
        } else {
            &self.url
        };
        let (read, publish) = paths(scenario)?;
        let (read, publish) = (seen.at(read), publishers.at(publish));
        let mut target = Target::new(transport, read, publish, new_connections);
        if scenario.variant == ClientVariant::NoCursor {
            target.opens = Opens::Held;
        }
        Ok(target)
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
        let pids = match &self.process {
            Process::Ours(process) => vec![process.pid()],
            Process::Peer(process) => process.pids(),
            Process::Running(pid) => procfs::tree((*pid)?),
        };
        Some(pids.into_iter().filter_map(of).sum())
    }
}

fn resolve(url: &Url) -> Result<SocketAddr> {
    url.resolve()
        .with_context(|| without_secrets(&url.to_string()))
}

/// Returns the paths of subscribing and publishing on a service of this project.
fn paths(scenario: &Scenario) -> Result<(String, String)> {
    let (transport, variant) = (scenario.transport, scenario.variant);
    let endpoint = match transport {
        _ if scenario.operation == Operation::Echo => "/echo",
        Transport::Longpoll => "/poll",
        Transport::Sse => "/events",
        Transport::Ws => "/ws",
    };
    // Subscribers without a cursor use the default channel.
    if scenario.operation == Operation::Echo || variant == ClientVariant::NoCursor {
        let has_cursor = transport == Transport::Ws && scenario.operation != Operation::Echo;
        ensure!(!has_cursor, "every WebSocket of the services has a cursor");
        return Ok((endpoint.to_owned(), "/messages".to_owned()));
    }
    let wait = match (transport, variant) {
        (Transport::Longpoll, ClientVariant::OnePerAnswer) => "wait=60&limit=1&",
        // The default wait decides how often an idle poll ends.
        (Transport::Longpoll, _) if scenario.operation != Operation::Quiet => "wait=60&",
        _ => "",
    };
    let read = format!("{endpoint}?{wait}channel={CHANNEL}");
    Ok((read, format!("/messages?channel={CHANNEL}")))
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
