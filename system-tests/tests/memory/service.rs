//! A service in its own process: the memory that it reports as its maximum, and the memory that it
//! uses.

use crate::{BODY, peers::Peers, process::Process};
use serde_json::Value;
use std::{
    cell::Cell,
    fs,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};
use system_tests::{
    http::{get, post, response},
    wait_for,
};

pub(crate) struct Service {
    process: Process,
    address: SocketAddr,
    /// The reported maximum without history, in KiB.
    most: u64,
    /// The size of published messages, in KiB.
    published: Cell<u64>,
}

impl Service {
    pub(crate) fn start(transport: &str, flags: &[&str]) -> Self {
        let body = BODY.to_string();
        let settings = [
            "--port",
            "0",
            "--workers",
            "1",
            "--max-connections",
            "450",
            "--max-body",
            &body,
        ];
        let limits = [
            "--buffers",
            "4194304",
            "--history-bytes",
            "262144",
            "--max-channels",
            "4",
        ];
        let limits: Vec<_> = limits
            .chunks(2)
            .filter(|limit| !flags.contains(&limit[0]))
            .flatten()
            .copied()
            .collect();
        let process = Process::start(
            &[&["serve", transport], &settings[..], &limits, flags].concat(),
            "",
        );
        let said = process.wait_for_line("takes at most");
        let part = |name: &str| {
            let number = said
                .split(name)
                .nth(1)
                .unwrap()
                .trim_start()
                .split([',', ' ', '\n'])
                .next()
                .unwrap();
            number.parse::<u64>().unwrap() * 1024
        };
        let most = part("buffers") + part("connections") + part("program");
        let address = process.address();
        Self {
            process,
            address,
            most,
            published: Cell::new(0),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Publishes `messages` messages. Returns the epoch, and the offset of the last one.
    pub(crate) fn fill(&self, channel: &str, messages: usize, bytes: usize) -> (String, u64) {
        let body = format!("{{\"message\":\"{}\"}}", "x".repeat(bytes));
        self.published
            .update(|published| published + (messages * (bytes + 1024)) as u64 / 1024);
        let publish = || {
            let target = format!("/messages?channel={channel}");
            let answer: Value = self.request(&post(&target, &body));
            let id = answer["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
            let (epoch, offset) = id.split_once('-').unwrap();
            (epoch.to_owned(), offset.parse().unwrap())
        };
        (1..messages).for_each(|_| drop(publish()));
        publish()
    }

    /// Waits until it has `count` subscribers.
    pub(crate) fn readers(&self, count: i64) {
        wait_for("all readers", || {
            let health = self.request(&get("/health/ready"));
            (health["readers"] == count).then_some(())
        });
    }

    /// Checks that another client is served during and after the attack, and that memory stays
    /// below the maximum.
    pub(crate) fn holds_out(self, peers: Peers) {
        let victim = |when: &str| {
            let (_, first) = self.fill("b", 1, 10);
            let held = self.request(&get("/messages?channel=b&limit=1000"));
            assert!(
                held.to_string().contains("xxxxxxxxxx") && first > 0,
                "{when}: {held}"
            );
        };
        self.settle();
        victim("during");
        drop(peers);
        victim("after");
        let (peak, most) = (
            self.status("VmHWM:") / 1024,
            (self.most + self.published.get()) / 1024,
        );
        eprintln!("peak {peak} MiB of {most}");
        assert!(peak <= most, "{peak} MiB used, at most {most} MiB reported");
    }

    /// Waits until its memory has not grown for a while.
    fn settle(&self) {
        let (mut most, mut since) = (0, Instant::now());
        while since.elapsed() < Duration::from_millis(400) {
            let now = self.status("VmHWM:");
            if now > most {
                (most, since) = (now, Instant::now());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns a value of the process's status, in KiB.
    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap();
        status
            .split(name)
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Returns the JSON of the response to a request.
    fn request(&self, request: &str) -> Value {
        let response = response(self.address, request);
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}
