//! A service as its users run it: the program, its environment, its signals.

use super::{PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A running program; it ends with the test.
pub struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts a service's program on a free port and waits until it listens.
    pub fn start(program: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(flags).env("PORT", "0").env("RUST_LOG", "info").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = String::new();
        while log.read_line(&mut line).expect("a log") > 0 && !line.contains("http://") {}
        let address = line.rsplit("http://").next().and_then(|address| address.trim().parse().ok());
        // Somebody has to read on, or the program would wait at a full pipe.
        thread::spawn(move || log.lines().map_while(Result::ok).for_each(drop));
        Self { child, address: address.unwrap_or_else(|| panic!("an address in {line:?}")) }
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
