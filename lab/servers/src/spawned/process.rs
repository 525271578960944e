//! A child process that runs this program.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
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
pub fn this_program(arguments: &[&str]) -> Result<Command, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("this program cannot be found: {error}"))?;
    let mut command = Command::new(program);
    command.env_clear().env("RUST_LOG", "info").args(arguments);
    Ok(command)
}

impl ServerProcess {
    /// Starts a server, and waits until it logs its address. `broker` is passed as a variable: its
    /// URL may contain a password, and arguments are public.
    pub fn listening(arguments: &[&str], broker: Option<&str>) -> Result<(Self, String), String> {
        let mut command = this_program(arguments)?;
        command.envs(broker.map(|broker| ("BROKER", broker)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let child = command
            .spawn()
            .map_err(|error| format!("{arguments:?}: {error}"))?;
        Self::of(child).map_err(|error| format!("{arguments:?}: {error}"))
    }

    fn of(mut child: Child) -> Result<(Self, String), String> {
        let words = BufReader::new(child.stderr.take().expect("its standard error is a pipe"));
        let process = Self { child };
        let (lines, read) = channel();
        // Reads on until the end: a full pipe would block the server.
        thread::spawn(move || {
            words
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(lines.send(line)))
        });
        let (until, mut said) = (Instant::now() + PATIENCE, String::new());
        loop {
            match read.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => match base(&line) {
                    Some(base) => return Ok((process, base)),
                    None => said = said + &line + "\n",
                },
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(format!("ended before it listened: {}", said.trim()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let within = PATIENCE.as_secs();
                    return Err(format!(
                        "does not listen within {within} s: {}",
                        said.trim()
                    ));
                }
            }
        }
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
