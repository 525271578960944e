//! `lab audit`: proves what the services promise, or finds where they break it.
//!
//! Publishers and readers use all three transports while connections are cut and services restarted; every message is
//! numbered, and every reader has a witness.
//!
//! - [`ledger`], [`witness`], [`flaw`]: the judgement; no connection, no clock
//! - [`publisher`], [`reader`], [`line`]: those who use the services, and sockets that can be cut
//! - [`deployment`], [`chaos`]: the services, and what is done to them and to the readers
//! - [`report`], [`words`], [`progress`]: what is said of it

mod args;
mod body;
mod chance;
mod chaos;
mod deployment;
mod flaw;
mod ledger;
mod line;
mod post;
mod progress;
mod publisher;
mod reader;
mod report;
mod tally;
#[cfg(test)]
mod tests;
mod witness;
mod words;
mod world;

pub(crate) use args::Audit;

use crate::client::backoff::random_bits;
use chance::Chance;
use chaos::{Restarts, Victim};
use common::server::{Signals, shut_down_signal};
use deployment::{Deployment, TRANSPORTS};
use flaw::Flaw;
use line::Line;
use publisher::Publisher;
use reader::Reader;
use report::Report;
use std::{cell::RefCell, fmt, fs, path::Path, process::ExitCode, rc::Rc, time::Duration};
use tally::Record;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use world::{Phase, World};

/// How long publishers may take for their last message, and then readers for what they lack.
const SETTLE: Duration = Duration::from_secs(30);
/// The exit status when nothing was found out.
const COULD_NOT_RUN: u8 = 2;

/// Everybody who takes part.
struct Cast {
    records: Vec<Rc<RefCell<Record>>>,
    victims: Vec<Victim>,
    readers: JoinSet<()>,
    publishers: JoinSet<Result<(), Flaw>>,
}

/// Runs an audit, and says how it ended: 0 if everything holds, 1 if not, 2 if that is not known.
pub(crate) async fn run(audit: Audit) -> ExitCode {
    let seed = audit.seed.unwrap_or_else(|| random_bits() >> 32);
    match conduct(&audit, seed).await.and_then(|report| tell(&report, audit.json.as_deref()).map(|()| report.holds)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

async fn conduct(audit: &Audit, seed: u64) -> Result<Report, String> {
    let mut signals = shut_down_signal().map_err(text)?;
    let name = format!("audit-{:016x}", random_bits());
    let deployment = Deployment::of(audit, &name).map_err(text)?;
    let world = Rc::new(World::begin(deployment, audit, name).await?);
    eprintln!("seed {seed}, channel {}", world.deployment.channel);
    let (mut chance, began, restarts) = (Chance::new(seed), Instant::now(), Restarts::default());
    let mut cast = Cast::of(audit, &world, &mut chance);
    let shown = cast.records.clone();
    let refused = tokio::select! {
        refused = cast.play(audit, &world, &mut chance, &mut signals, &restarts) => refused?,
        () = progress::show(&world, &shown, audit.duration) => Vec::new(),
    };
    cast.readers.shutdown().await;
    shown.iter().for_each(|record| record.borrow_mut().end(&world));
    Ok(Report::of(audit, seed, began.elapsed(), &world, restarts, &shown, refused))
}

impl Cast {
    fn of(audit: &Audit, world: &Rc<World>, chance: &mut Chance) -> Self {
        let (readers, publishers) = (JoinSet::new(), JoinSet::new());
        let mut cast = Self { records: Vec::new(), victims: Vec::new(), readers, publishers };
        for transport in 0..TRANSPORTS.len() {
            (0..audit.readers.get()).for_each(|_| cast.add_reader(world, transport, chance.fork()));
        }
        let every = Duration::from_secs(1).mul_f64(audit.publishers.get() as f64 / audit.rate.get() as f64);
        for number in 0..audit.publishers.get() {
            let publisher = Publisher::new(world.clone(), number, Line::default(), chance.fork());
            cast.publishers.spawn_local(publisher.run(every));
        }
        cast
    }

    fn add_reader(&mut self, world: &Rc<World>, transport: usize, chance: Chance) {
        let start = world.ledger(transport).start();
        let record = Rc::new(RefCell::new(Record::new(transport, start)));
        let (faults, suffered) = mpsc::channel(1);
        self.readers.spawn_local(Reader::new(world.clone(), record.clone(), chance, suffered).run());
        self.records.push(record);
        self.victims.push(Victim { faults, transports: world.siblings(transport) });
    }

    /// From the first message to the last reader. Gives what publishers were refused.
    async fn play(
        &mut self,
        audit: &Audit,
        world: &Rc<World>,
        chance: &mut Chance,
        signals: &mut Signals,
        restarts: &Restarts,
    ) -> Result<Vec<Flaw>, String> {
        let faults = chaos::faults(audit.cut_every, chance.fork(), std::mem::take(&mut self.victims));
        let restarts = chaos::restarts(audit.restart_every, chance.fork(), world.clone(), restarts);
        tokio::pin!(restarts);
        tokio::select! {
            () = sleep(audit.duration) => {}
            () = signals.recv() => {}
            () = faults => {}
            failed = &mut restarts => failed.map_err(text)?,
        }
        world.phase.send_replace(Phase::LastWords);
        let refused = tokio::select! {
            // A service that is just being restarted is started all the same: publishers and readers need it.
            failed = restarts => return failed.map_err(text).map(|()| Vec::new()),
            refused = self.settle(world) => refused,
            () = signals.recv() => return Err("interrupted twice: nothing is known".to_owned()),
        };
        Ok(refused)
    }

    async fn settle(&mut self, world: &World) -> Vec<Flaw> {
        let mut refused = Vec::new();
        let all = async {
            while let Some(ended) = self.publishers.join_next().await {
                refused.extend(ended.ok().and_then(Result::err));
            }
        };
        if timeout(SETTLE, all).await.is_err() {
            let why = format!("a publisher still has no answer after {} s", SETTLE.as_secs());
            refused.push(Flaw::Refused { why });
        }
        world.phase.send_replace(Phase::Settling);
        // Those who are late are found by what they lack.
        let _ = timeout(SETTLE, async { while self.readers.join_next().await.is_some() {} }).await;
        refused
    }
}

/// Prints the verdict, and writes it where it was asked for.
fn tell(report: &Report, file: Option<&Path>) -> Result<(), String> {
    let json = || serde_json::to_string_pretty(report).map_err(text);
    match file {
        Some(file) if file.as_os_str() == "-" => print(&json()?),
        Some(file) => {
            print(report);
            fs::write(file, json()? + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
        }
        None => print(report),
    }
    Ok(())
}

/// A result that nobody reads any more has its exit status.
fn print(what: impl fmt::Display) {
    let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{what}\n"));
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
