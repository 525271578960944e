//! This very program in a process of its own, for as long as something is measured.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take until it listens. One whose broker is away may never do so.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; dropping it kills it.
pub(crate) struct ServerProcess {
    child: Child,
}

/// This program with other arguments and without the shell's variables, which are meant for other services.
pub(crate) fn this_program(arguments: &[&str]) -> Result<Command, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("this program cannot be found: {error}"))?;
    let mut command = Command::new(program);
    command.env_clear().env("RUST_LOG", "info").args(arguments);
    Ok(command)
}

impl ServerProcess {
    /// Starts a server, with this broker if not with its memory, and waits until it says where it listens. The broker's
    /// address may hold a password: it is a variable, since everybody can see arguments.
    pub(crate) fn listening(
        arguments: &[&str],
        broker: Option<&str>,
    ) -> Result<(Self, String), String> {
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
        // In the end nobody wants them, but who writes to a full pipe waits.
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

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is gone, however that came.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it at once; it has nothing to finish.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The address in a line that says where a server listens.
fn base(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("listening on ")?;
    rest.split_whitespace().next().map(str::to_owned)
}
