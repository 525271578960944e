//! `lab audit`: proves what the services promise, or finds where they break it.
//!
//! Publishers and readers use all three transports while connections are cut and services restarted; every message is
//! numbered, and every reader has a witness.
//!
//! - [`ledger`], [`witness`], [`flaw`]: the judgement; no connection, no clock
//! - [`cast`], [`publisher`], [`reader`], [`mod@line`]: those who use the services, and sockets that can be cut
//! - [`deployment`], [`chaos`], [`harm`]: the services, and what is done to them, to the readers and to Redis
//! - [`report`], [`words`], [`progress`]: what is said of it

mod args;
mod body;
mod cast;
mod chaos;
mod deployment;
mod flaw;
mod harm;
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

use crate::{chance::Chance, client::backoff::random_bits};
use cast::Cast;

use chaos::Restarts;
use common::net::shut_down_signal;
use deployment::Deployment;
use harm::Harm;
use report::Report;
use std::{
    fmt, fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    rc::Rc,
};
use tokio::time::Instant;
use world::World;

/// The exit status when nothing was found out.
const COULD_NOT_RUN: u8 = 2;

/// Runs an audit, and says how it ended: 0 if everything holds, 1 if not, 2 if that is not known.
pub(crate) async fn run(audit: Audit) -> ExitCode {
    let seed = audit.seed.unwrap_or_else(|| random_bits() >> 32);
    let told = conduct(&audit, seed)
        .await
        .and_then(|report| tell(&report, audit.json.as_deref()));
    match told {
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
    let harm = Harm::default();
    let mut cast = Cast::of(audit, &world, &mut chance);
    let shown = cast.records.clone();
    let refused = tokio::select! {
        refused = cast.play(audit, &world, &mut chance, &mut signals, (&restarts, &harm)) => refused?,
        () = progress::show(&world, &shown, audit.duration) => Vec::new(),
    };
    cast.readers.shutdown().await;
    shown
        .iter()
        .for_each(|record| record.borrow_mut().end(&world));
    let report = Report::of(
        audit,
        seed,
        began.elapsed(),
        &world,
        (restarts, harm),
        &shown,
        refused,
    );
    match report.holds && report.published == 0 {
        true => Err("nothing was acknowledged: there is nothing to judge".to_owned()),
        false => Ok(report),
    }
}

/// Prints the verdict, and writes it where it was asked for. Says whether everything holds.
fn tell(report: &Report, file: Option<&Path>) -> Result<bool, String> {
    let json = || serde_json::to_string_pretty(report).map_err(text);
    match file {
        Some(file) if file.as_os_str() == "-" => print(&json()?),
        Some(file) => {
            print(report);
            fs::write(file, json()? + "\n")
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
        None => print(report),
    }
    Ok(report.holds)
}

/// A result that nobody reads any more has its exit status.
fn print(what: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{what}");
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
