//! `lab bench crowd`: a process with subscribers.
//!
//! It prints a report when all are connected, and one for each line of standard input. It ends with
//! its standard input.
#![allow(
    clippy::print_stdout,
    reason = "the process that started it reads the reports"
)]

use crate::load::{CHANNEL, SIZE, counters::Counters, engine::Engine, target::Target};
use anyhow::Result;
use clap::Args;
use client::Transport;
use serde::{Deserialize, Serialize};
use service::server::raise_open_files;
use std::{
    io::{BufRead, stdin},
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
    time::Duration,
};

/// The longest delay before a report.
const MAX_DELAY: Duration = Duration::from_millis(20);

/// The arguments of `lab bench crowd`.
#[derive(Args)]
pub(crate) struct SubscribersArgs {
    #[arg(long, value_enum)]
    transport: Transport,
    /// Address of the service
    #[arg(long)]
    url: String,
    #[arg(long)]
    subscribers: usize,
}

/// A report, a line of JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Report {
    /// What was counted since the previous report.
    pub(super) counters: Counters,
    /// CPU time of the process so far, in seconds.
    pub(super) cpu_seconds: f64,
}

impl SubscribersArgs {
    pub(crate) fn run(&self) -> Result<()> {
        raise_open_files();
        let target = Target::ours(self.transport, &self.url, CHANNEL)?;
        let mut load = Engine::new(target, SIZE)?;
        load.connect(self.subscribers)?;
        print_report(&mut load)?;
        let requests = request_lines();
        loop {
            load.idle(MAX_DELAY)?;
            match requests.try_recv() {
                Ok(()) => print_report(&mut load)?,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
    }
}

fn print_report(load: &mut Engine) -> Result<()> {
    let report = Report {
        counters: load.take_counters(),
        cpu_seconds: load.cpu().as_secs_f64(),
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// Receives an item for each line of standard input.
fn request_lines() -> Receiver<()> {
    let (line, lines) = channel();
    thread::spawn(move || {
        stdin()
            .lock()
            .lines()
            .map_while(std::result::Result::ok)
            .try_for_each(|_| line.send(()))
    });
    lines
}
