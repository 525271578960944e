//! `lab bench crowd`: readers in a process of their own. It says a tally when all are connected, then one for each line that it
//! reads, and ends with its standard input.
#![allow(
    clippy::print_stdout,
    reason = "what it says is read by the process that started it"
)]

use super::tally::Tally;
use crate::{
    client::Transport,
    load::{engine::Engine, target::Target},
};
use clap::Args;
use common::server::raise_open_files;
use std::{
    io::{BufRead, stdin},
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
    time::Duration,
};

/// How long a question waits at most.
const TURN: Duration = Duration::from_millis(20);
/// It publishes nothing.
const SIZE: usize = 0;

#[derive(Args)]
pub(crate) struct Crowd {
    #[arg(long, value_enum)]
    transport: Transport,
    /// Address of the service
    #[arg(long)]
    url: String,
    #[arg(long)]
    channel: String,
    #[arg(long)]
    readers: usize,
}

impl Crowd {
    pub(crate) fn run(&self) -> Result<(), String> {
        raise_open_files();
        let mut load = Engine::new(
            Target::ours(self.transport, &self.url, &self.channel)?,
            SIZE,
        )?;
        load.connect(self.readers)?;
        tell(&mut load)?;
        let questions = lines();
        loop {
            load.idle(TURN)?;
            match questions.try_recv() {
                Ok(()) => tell(&mut load)?,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
    }
}

fn tell(load: &mut Engine) -> Result<(), String> {
    let tally = Tally::of(load.take_counters(), load.cpu().as_secs_f64());
    println!(
        "{}",
        serde_json::to_string(&tally).map_err(|error| error.to_string())?
    );
    Ok(())
}

/// Each line of standard input, as it comes.
fn lines() -> Receiver<()> {
    let (line, lines) = channel();
    thread::spawn(move || {
        stdin()
            .lock()
            .lines()
            .map_while(Result::ok)
            .try_for_each(|_| line.send(()))
    });
    lines
}
