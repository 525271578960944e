//! A child process that runs this program.

use anyhow::{Context, Result, bail};
use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take until it listens. Without its broker, it may never do so.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping it kills the process.
pub struct ServerProcess {
    child: Child,
}

/// Returns a command for this program, without the environment, which is meant for other services.
///
/// # Errors
/// Returns an error if the file of this program is not found.
pub fn this_program(arguments: &[&str]) -> Result<Command> {
    let program = env::current_exe().context("this program")?;
    let mut command = Command::new(program);
    command.env_clear().env("RUST_LOG", "info").args(arguments);
    Ok(command)
}

impl ServerProcess {
    /// Starts a server, and waits until it logs its address. `broker` is passed as a variable: its
    /// URL may contain a password, and arguments are public.
    ///
    /// # Errors
    /// Returns an error if the process cannot be started, ends, or does not listen in time.
    pub fn listening(arguments: &[&str], broker: Option<&str>) -> Result<(Self, String)> {
        let mut command = this_program(arguments)?;
        command.envs(broker.map(|broker| ("BROKER", broker)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let child = command.spawn();
        let child = child.with_context(|| format!("{arguments:?}"))?;
        let mut process = Self { child };
        let address = process.wait_until_it_listens();
        let address = address.with_context(|| format!("{arguments:?}"))?;
        Ok((process, address))
    }

    /// Returns the address that the server logs.
    fn wait_until_it_listens(&mut self) -> Result<String> {
        let lines = self.log_lines();
        let deadline = Instant::now() + PATIENCE;
        let mut log = Vec::new();
        let how = loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => match base(&line) {
                    Some(base) => return Ok(base),
                    None => log.push(line),
                },
                Err(RecvTimeoutError::Disconnected) => break "ended before it listened".to_owned(),
                Err(RecvTimeoutError::Timeout) => {
                    break format!("does not listen within {} s", PATIENCE.as_secs());
                }
            }
        };
        bail!("{how}: {}", log.join("\n"))
    }

    /// Returns the lines that the server logs.
    fn log_lines(&mut self) -> Receiver<String> {
        let pipe = self.child.stderr.take();
        let pipe = BufReader::new(pipe.expect("its standard error is a pipe"));
        let (sender, receiver) = channel();
        // Reads on until the end: a full pipe would block the server.
        thread::spawn(move || {
            let lines = pipe.lines().map_while(std::result::Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        receiver
    }

    /// Returns the id of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the process. It has nothing to drain.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns the address in the log line of a listening server.
fn base(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("listening on ")?;
    rest.split_whitespace().next().map(str::to_owned)
}
