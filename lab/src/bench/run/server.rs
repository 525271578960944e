//! A server in a process of its own, for as long as a repetition takes.

use super::{cores::Cores, procfs, spoken};
use crate::{
    bench::scenario::{Load, Scenario, Server},
    load::target::Target,
};
use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
    time::Duration,
};

/// The channel that is loaded; nobody else uses it.
const CHANNEL: &str = "bench";

/// Whom a repetition loads: ours, which end with this, or somebody else's.
pub(super) struct Loaded {
    process: Option<Process>,
    base: String,
}

struct Process {
    child: Child,
    /// Open until the end, or it could not write its last words.
    _words: BufReader<ChildStderr>,
}

impl Loaded {
    pub(super) fn start(scenario: &Scenario, cores: &Cores) -> Result<Self, String> {
        let transport = spoken(scenario.transport).name();
        match &scenario.server {
            Server::Ours => Self::spawn(&["serve", transport, "--port", "0", "--workers", "1", "--drain", "0"], cores),
            Server::Limit => Self::spawn(&["limit", transport, "--window", window(scenario.load)], cores),
            Server::Url(url) => Ok(Self { process: None, base: url.clone() }),
        }
    }

    fn spawn(arguments: &[&str], cores: &Cores) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
        let mut command = Command::new(program);
        // The shell's variables are meant for other services.
        command.env_clear().env("RUST_LOG", "info").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = cores.on_server(|| command.spawn()).map_err(|error| format!("{arguments:?}: {error}"))?;
        let (process, base) = Process::of(child).map_err(|error| format!("{arguments:?}: {error}"))?;
        Ok(Self { process: Some(process), base })
    }

    pub(super) fn target(&self, scenario: &Scenario) -> Result<Target, String> {
        Target::ours(spoken(scenario.transport), &self.base, CHANNEL)
    }

    /// CPU time so far, if the kernel tells it of this server.
    pub(super) fn cpu(&self) -> Option<Duration> {
        procfs::cpu(self.process.as_ref()?.child.id())
    }
}

/// Several messages under way are to leave together, as they do in a service that has more to do than it can.
fn window(load: Load) -> &'static str {
    if matches!(load, Load::InFlight(0 | 1)) { "0" } else { "1" }
}

impl Process {
    /// Waits until it says where it listens.
    fn of(mut child: Child) -> Result<(Self, String), String> {
        let words = child.stderr.take().expect("its standard error is a pipe");
        let mut process = Self { child, _words: BufReader::new(words) };
        let (mut line, mut said) = (String::new(), String::new());
        while process._words.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
            if let Some((_, base)) = line.split_once("listening on ") {
                return Ok((process, base.trim().to_owned()));
            }
            said += &std::mem::take(&mut line);
        }
        Err(format!("ended before it listened: {}", said.trim()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
