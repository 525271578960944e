//! One of the clients, as a process of its own.

use conformance::PATIENCE;
use std::{
    io::Read,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};
use system_tests::wait_for;

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/clients");

/// A running client, which ends with the test.
pub(crate) struct Client {
    child: Child,
    pieces: Receiver<String>,
    output: String,
}

impl Client {
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = command(program, arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        Self {
            child,
            pieces: pieces_of(output),
            output: String::new(),
        }
    }

    /// Waits for this number of messages, of which each is the next one.
    pub(crate) fn receives(&mut self, count: u32) {
        let expected: Vec<_> = (1..=count).collect();
        let began = Instant::now();
        while self.offsets().len() < expected.len() {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.output += &piece,
                Err(error) => panic!("{error}, with {}", self.output),
            }
        }
        assert_eq!(self.offsets(), expected, "{}", self.output);
    }

    /// Waits until it ends, with success.
    pub(crate) fn ends(&mut self) {
        let status = wait_for("the end of a client", || self.child.try_wait().unwrap());
        assert!(status.success(), "{status}");
    }

    /// Returns the id of the last message in the output.
    pub(crate) fn last_id(&self) -> String {
        let compact = self.output.replace(' ', "");
        let (_, id) = compact.rsplit_once("\"id\":\"").unwrap();
        id.split_once('"').unwrap().0.to_owned()
    }

    /// Returns the offsets of the messages in the output.
    fn offsets(&self) -> Vec<u32> {
        let compact = self.output.replace(' ', "");
        let ids = compact.split("\"id\":\"").skip(1);
        ids.filter_map(|id| id.split_once('-')?.1.split_once('"'))
            .map(|(offset, _)| offset.parse().unwrap())
            .collect()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pieces_of(mut output: ChildStdout) -> Receiver<String> {
    let (sender, pieces) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut buffer) {
            let piece = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if sender.send(piece).is_err() {
                break;
            }
        }
    });
    pieces
}

pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = command(program, arguments);
    command.stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(CLIENTS)
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}
