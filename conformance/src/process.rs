//! A service as a process: its program, environment, signals and log.

use super::{PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A running program. It is killed when dropped.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: Log,
}

/// The standard error of a program.
enum Log {
    Read(Option<JoinHandle<String>>),
    Unread { _stderr: BufReader<ChildStderr> },
}

impl Process {
    /// Starts a service's program on a free port with the default log level, and waits until it
    /// listens.
    pub fn start(program: &str, flags: &[&str]) -> Self {
        Self::start_read(Command::new(program).args(flags).env_remove("RUST_LOG"))
    }

    /// Starts it with this log level.
    pub fn start_logging(level: &str, program: &str, flags: &[&str]) -> Self {
        Self::start_read(Command::new(program).args(flags).env("RUST_LOG", level))
    }

    /// Starts it with this log level, and does not read its log once it listens.
    pub fn start_unread(level: &str, program: &str) -> Self {
        let (child, address, _, stderr) = spawn(Command::new(program).env("RUST_LOG", level));
        Self {
            child,
            address,
            log: Log::Unread { _stderr: stderr },
        }
    }

    fn start_read(command: &mut Command) -> Self {
        let (child, address, mut line, mut stderr) = spawn(command);
        let log_reader = thread::spawn(move || {
            stderr.read_to_string(&mut line).expect("a log in UTF-8");
            line
        });
        Self {
            child,
            address,
            log: Log::Read(Some(log_reader)),
        }
    }

    /// Waits for the end of the program, and returns its log.
    pub async fn whole_log(mut self) -> String {
        self.end().await;
        let Log::Read(log_reader) = &mut self.log else {
            panic!("the log was not read")
        };
        let log_reader = log_reader.take().expect("called once");
        tokio::task::spawn_blocking(|| log_reader.join())
            .await
            .expect("no panic")
            .expect("no panic while reading")
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the program runs");
    }

    /// Waits for its end. Returns its status and the time waited.
    pub async fn end(&mut self) -> (ExitStatus, Duration) {
        let (began, mut status) = (Instant::now(), None);
        eventually("a process to end", async || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        })
        .await;
        assert!(began.elapsed() < PATIENCE);
        (status.expect("the program has ended"), began.elapsed())
    }
}

/// Starts a program and waits until it listens. Returns its address, its log so far, and the rest
/// of the log.
fn spawn(command: &mut Command) -> (Child, SocketAddr, String, BufReader<ChildStderr>) {
    command
        .env("PORT", "0")
        .env("DRAIN", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("standard error is a pipe"));
    let mut line = String::new();
    while stderr.read_line(&mut line).expect("a log") > 0 && !line.contains("http://") {}
    let address = line
        .rsplit("http://")
        .next()
        .and_then(|address| address.trim().parse().ok());
    let address = address.unwrap_or_else(|| panic!("an address in {line:?}"));
    (child, address, line, stderr)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
