//! A service as its users run it: the program, its environment, its signals.

use super::{PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A running program; it ends with the test.
pub struct Process {
    child: Child,
    address: SocketAddr,
    reader: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a service's program on a free port and waits until it listens.
    pub fn start(program: &str, flags: &[&str]) -> Self {
        Self::start_logging("info", program, flags)
    }

    /// The same, logging so much.
    pub fn start_logging(level: &str, program: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(flags).env("PORT", "0").env("RUST_LOG", level).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = String::new();
        while stderr.read_line(&mut line).expect("a log") > 0 && !line.contains("http://") {}
        let address = line.rsplit("http://").next().and_then(|address| address.trim().parse().ok());
        // Somebody has to read on, or the program would wait at a full pipe.
        let address = address.unwrap_or_else(|| panic!("an address in {line:?}"));
        let reader = thread::spawn(move || {
            stderr.read_to_string(&mut line).expect("a log in UTF-8");
            line
        });
        Self { child, address, reader: Some(reader) }
    }

    /// Everything that it logged, once it has ended.
    pub async fn whole_log(mut self) -> String {
        self.end().await;
        let reader = self.reader.take().expect("it is taken once");
        tokio::task::spawn_blocking(|| reader.join()).await.expect("no panic").expect("no panic while reading")
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
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("it runs");
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

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
