//! A service as its users run it: the program, its environment, its signals.

use super::{PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A running program; it ends with the test.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: Log,
}

/// What becomes of a program's standard error.
enum Log {
    Read(Option<JoinHandle<String>>),
    Unread { _stderr: BufReader<ChildStderr> },
}

impl Process {
    /// Starts a service's program on a free port and waits until it listens. It logs what it logs by default.
    pub fn start(program: &str, flags: &[&str]) -> Self {
        Self::start_read(Command::new(program).args(flags).env_remove("RUST_LOG"))
    }

    /// The same, logging so much.
    pub fn start_logging(level: &str, program: &str, flags: &[&str]) -> Self {
        Self::start_read(Command::new(program).args(flags).env("RUST_LOG", level))
    }

    /// The same, but nobody reads its log once it listens.
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
        let subscriber = thread::spawn(move || {
            stderr.read_to_string(&mut line).expect("a log in UTF-8");
            line
        });
        Self {
            child,
            address,
            log: Log::Read(Some(subscriber)),
        }
    }

    /// Everything that it logged, once it has ended.
    pub async fn whole_log(mut self) -> String {
        self.end().await;
        let Log::Read(subscriber) = &mut self.log else {
            panic!("nobody read this log")
        };
        let subscriber = subscriber.take().expect("it is taken once");
        tokio::task::spawn_blocking(|| subscriber.join())
            .await
            .expect("no panic")
            .expect("no panic while reading")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end; how it ended, and how long that took.
    pub async fn end(&mut self) -> (ExitStatus, Duration) {
        let (began, mut status) = (Instant::now(), None);
        eventually("a process to end", async || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        })
        .await;
        assert!(began.elapsed() < PATIENCE);
        (status.expect("it has ended"), began.elapsed())
    }
}

/// A program that listens: where, what it has logged up to then, and the rest of its log.
fn spawn(command: &mut Command) -> (Child, SocketAddr, String, BufReader<ChildStderr>) {
    command
        .env("PORT", "0")
        .env("DRAIN", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
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
