//! Runs `lab` as a process, which ends with the test.

use crate::{piped_text::PipedText, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env, fs,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Returns the path of the `lab` that cargo builds before a suite of this package: of the crate
/// `lab`, or of `system-tests`.
pub fn program() -> PathBuf {
    let package = env::var("CARGO_PKG_NAME").expect("cargo runs the tests");
    // Suites are in `target/debug/deps`.
    let suite = env::current_exe().unwrap();
    suite.ancestors().nth(2).unwrap().join(package)
}

/// A running command. Both outputs are read continuously, so that it never blocks on a full pipe.
pub struct Process {
    child: Child,
    output: PipedText,
    errors: PipedText,
}

/// A running `lab up`, on free ports.
pub struct Lab(Process);

/// A command line: its words, or a text with spaces between them.
pub trait CommandLine {
    /// Returns the words.
    fn words(&self) -> Vec<&str>;
}

impl CommandLine for str {
    fn words(&self) -> Vec<&str> {
        self.split_whitespace().collect()
    }
}

impl CommandLine for String {
    fn words(&self) -> Vec<&str> {
        self.as_str().words()
    }
}

impl<const N: usize> CommandLine for [&str; N] {
    fn words(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl CommandLine for Vec<&str> {
    fn words(&self) -> Vec<&str> {
        self.clone()
    }
}

/// The exit code and the outputs of a command.
pub struct End {
    /// The exit code.
    pub code: i32,
    /// The standard output.
    pub output: String,
    /// The standard error.
    pub errors: String,
}

/// Runs a command to its end.
pub fn run(arguments: &(impl CommandLine + ?Sized), input: &str) -> End {
    Process::start(arguments, input).end()
}

/// Returns whether a process runs. A zombie does not.
pub fn runs(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|state| state != "Z")
}

impl Lab {
    /// Starts `lab up`, and waits for its greeting.
    pub fn up(flags: &[&str]) -> Self {
        Self::up_in(&[], flags)
    }

    /// Starts `lab up` with these variables.
    pub fn up_in(environment: &[(&str, &str)], flags: &[&str]) -> Self {
        let ports = [
            "--longpoll-port",
            "--sse-port",
            "--ws-port",
            "--page-port",
            "--gate-port",
        ]
        .map(|flag| [flag, "0"]);
        let mut command = lab(&[&["up"], ports.as_flattened(), flags].concat());
        // Variables of a service's container, which `lab up` must ignore.
        command
            .env("HOST", "192.0.2.1")
            .env("PORT", "1")
            .envs(environment.iter().copied());
        let process = Process::spawn(command, "");
        process.output.wait_for_line("Press Ctrl-C to stop.");
        Self(process)
    }

    /// Returns the URL of a service or of the page.
    pub fn address(&self, name: &str) -> String {
        let label = match name {
            "longpoll" => "long polling",
            "sse" => "SSE",
            "ws" => "WebSocket",
            other => other,
        };
        let line = self.0.output.wait_for_line(&format!("  {label} "));
        line.split_whitespace().next_back().unwrap().to_owned()
    }

    /// Returns the address of a service or of the page.
    pub fn socket_address(&self, name: &str) -> SocketAddr {
        let url = self.address(name);
        url.replace("http://localhost", "127.0.0.1")
            .parse()
            .unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        self.0.signal(signal);
    }

    /// Waits for its end.
    pub fn end(self) -> End {
        self.0.end()
    }
}

fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts a command with this input.
    pub fn start(arguments: &(impl CommandLine + ?Sized), input: &str) -> Self {
        Self::spawn(lab(&arguments.words()), input)
    }

    /// Starts a command with these variables.
    pub fn start_in(environment: &[(&str, &str)], arguments: &str) -> Self {
        let mut command = lab(&arguments.words());
        command.envs(environment.iter().copied());
        Self::spawn(command, "")
    }

    /// Starts a command with a closed output.
    pub fn start_unread(arguments: &str) -> Self {
        let (unread, output) = io::pipe().unwrap();
        drop(unread);
        let mut command = lab(&arguments.words());
        command.stdout(output);
        Self::spawn(command, "")
    }

    fn spawn(mut command: Command, input: &str) -> Self {
        let mut child = command.spawn().unwrap();
        // The command may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.stdout.take().map(PipedText::of).unwrap_or_default();
        let errors = PipedText::of(child.stderr.take().unwrap());
        Self {
            child,
            output,
            errors,
        }
    }

    /// Waits for a line on standard error that contains `part`.
    pub fn wait_for_line(&self, part: &str) -> String {
        self.errors.wait_for_line(part)
    }

    /// Waits until it listens, and returns its address.
    pub fn address(&self) -> SocketAddr {
        let line = self.wait_for_line("listening on http://");
        let (_, address) = line.split_once("http://").unwrap();
        let address = address.split_whitespace().next().unwrap();
        address.parse().unwrap()
    }

    /// Returns what it has written to standard error so far.
    pub fn log(&self) -> String {
        self.errors.so_far()
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn end(mut self) -> End {
        let status = wait_for("the end of a command", || self.child.try_wait().unwrap());
        let code = status.code().unwrap_or_else(|| panic!("ended by {status}"));
        End {
            code,
            output: self.output.all(),
            errors: self.errors.all(),
        }
    }
}

impl End {
    /// Asserts that the command was successful, and returns its output.
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.output, self.errors);
        self.output
    }

    /// Asserts that the command ended with this code and an error that contains `part`.
    pub fn failed(&self, code: i32, part: &str) {
        let found = (self.code, self.errors.contains(part));
        assert_eq!(found, (code, true), "{part}: {}", self.errors);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
