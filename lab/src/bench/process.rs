//! This very program in a process of its own, for as long as something is measured.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
};

/// A running server; dropping it kills it.
pub(super) struct Process {
    child: Child,
    /// Open until the end, or it could not write its last words.
    _words: BufReader<ChildStderr>,
}

/// This program with other arguments and without the shell's variables, which are meant for other services.
pub(super) fn this_program(arguments: &[&str]) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let mut command = Command::new(program);
    command.env_clear().env("RUST_LOG", "info").args(arguments);
    Ok(command)
}

impl Process {
    /// Starts a server, and waits until it says where it listens.
    pub(super) fn listening(arguments: &[&str]) -> Result<(Self, String), String> {
        let mut command = this_program(arguments)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("{arguments:?}: {error}"))?;
        Self::of(child).map_err(|error| format!("{arguments:?}: {error}"))
    }

    fn of(mut child: Child) -> Result<(Self, String), String> {
        let words = child.stderr.take().expect("its standard error is a pipe");
        let mut process = Self { child, _words: BufReader::new(words) };
        let (mut line, mut said) = (String::new(), String::new());
        while process._words.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
            let base = line.split_once("listening on ").and_then(|(_, rest)| rest.split_whitespace().next());
            if let Some(base) = base.map(str::to_owned) {
                return Ok((process, base));
            }
            said += &std::mem::take(&mut line);
        }
        Err(format!("ended before it listened: {}", said.trim()))
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once; it has nothing to finish.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
