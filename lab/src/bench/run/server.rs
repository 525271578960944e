//! A server in a process of its own, for as long as a repetition takes.

use super::{link::Way, machine::Machine};
use crate::secrets::without_secrets;
use crate::spawned::{process::ServerProcess, procfs};
use crate::{
    bench::scenario::{Link, Load, Manner, Measures, Scenario, Server, Transport},
    load::{target::Target, url::Url},
};
use std::{net::SocketAddr, time::Duration};

/// The channel that is loaded; nobody else uses it.
const CHANNEL: &str = "bench";
/// Messages a second from which on the limit lets them wait for one another.
const MANY: f64 = 100.0;

/// Whom a repetition loads: ours, which end with this, or somebody else's.
pub(super) struct Loaded {
    /// Before the process: a gate that loses its server says so.
    way: Option<Way>,
    process: Option<ServerProcess>,
    url: Url,
}

impl Loaded {
    pub(super) fn start(scenario: &Scenario, machine: &Machine) -> Result<Self, String> {
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
            Server::Url(url) => (None, url.parse()?),
        };
        // A server that only one thing is asked of is measured without anything in between.
        let plain = scenario.link == Link::default();
        let way = (!plain)
            .then(|| Way::to(resolve(&url)?, scenario.link))
            .transpose()?;
        Ok(Self { way, process, url })
    }

    /// Readers take the way, publishers of what they read do not: what the way counts is the readers'.
    pub(super) fn target(&self, scenario: &Scenario, machine: &Machine) -> Result<Target, String> {
        let authority = self.way.as_ref().map(|way| way.address().to_string());
        let seen = Url {
            authority: authority.unwrap_or(self.url.authority.clone()),
            ..self.url.clone()
        };
        let publishers = if scenario.measures == Measures::Publication {
            &seen
        } else {
            &self.url
        };
        let transport = scenario.transport;
        let new_connections = scenario.manner == Manner::NewConnection;
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

    pub(super) fn way(&self) -> Option<&Way> {
        self.way.as_ref()
    }

    /// CPU time so far, if the kernel tells it of this server.
    pub(super) fn cpu(&self) -> Option<Duration> {
        procfs::cpu(self.process.as_ref()?.pid())
    }

    /// Its proportional set size.
    pub(super) fn memory(&self) -> Option<u64> {
        procfs::memory(self.process.as_ref()?.pid())
    }
}

fn resolve(url: &Url) -> Result<SocketAddr, String> {
    url.resolve()
        .map_err(|error| format!("{}: {error}", without_secrets(&url.to_string())))
}

/// What is read, and where it is published, on a service of this project.
fn paths(scenario: &Scenario) -> Result<(String, String), String> {
    let channel = format!("channel={CHANNEL}");
    let read = match (scenario.transport, scenario.manner) {
        (Transport::Longpoll, Manner::NoCursor) => "/poll".to_owned(),
        (Transport::Sse, Manner::NoCursor) => "/events".to_owned(),
        (Transport::Longpoll, Manner::OnePerAnswer) => format!("/poll?wait=60&limit=1&{channel}"),
        (Transport::Longpoll, _) => format!("/poll?wait=60&{channel}"),
        (Transport::Sse, _) => format!("/events?{channel}"),
        (Transport::Ws, Manner::NoCursor) => {
            return Err("no WebSocket of the services is without a cursor".to_owned());
        }
        (Transport::Ws, _) => format!("/ws?{channel}"),
    };
    // Readers without cursor read the channel that needs no name.
    let bare = scenario.manner == Manner::NoCursor;
    Ok((
        read,
        if bare {
            "/messages".to_owned()
        } else {
            format!("/messages?{channel}")
        },
    ))
}

fn spawn(arguments: &[&str], machine: &Machine) -> Result<(Option<ServerProcess>, Url), String> {
    let (process, base) = machine.on_server(|| ServerProcess::listening(arguments, None))?;
    Ok((Some(process), base.parse()?))
}

/// Milliseconds. Several messages that come together are to leave together, as they do in a service that has more to do than
/// it can; where messages are few, none waits.
fn window(load: Load) -> &'static str {
    match load {
        Load::InFlight(0 | 1) => "0",
        Load::PerSecond(rate) if rate < MANY => "0",
        _ => "1",
    }
}
