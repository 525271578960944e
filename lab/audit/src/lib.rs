//! Verifies the delivery promise of Trilane's services while faults occur: every subscriber receives
//! every acknowledged message once and in order, or a reset declares it lost.
//!
//! Publishers and subscribers use all three transports while connections are cut and services are
//! restarted. Every message is numbered, and a checker follows every subscriber. The services are
//! the audit's own, or those of another deployment, which it does not restart. It stores nothing
//! except the result.
//!
//! - [`ledger`], [`checker`], [`violation`]: the verdict; no connections and no clock
//! - [`actors`], [`publisher`], [`subscriber`], [`sockets`]: the clients, and sockets that can be cut
//! - [`jitter`]: the profile that counts what naive and robust clients get
//! - [`deployment`], [`chaos`], [`redis_faults`]: the services, and the faults
//! - [`report`], [`summary`], [`progress`]: the result as JSON, as text and while it runs

mod actors;
mod args;
mod body;
mod chaos;
mod checker;
mod deployment;
mod jitter;
mod ledger;
mod post;
mod progress;
mod publisher;
mod record;
mod redis_faults;
mod report;
mod sockets;
mod state;
mod subscriber;
mod summary;
#[cfg(test)]
mod tests;
mod violation;

pub use args::Audit;

use actors::Actors;
use anyhow::{Result, ensure};
use args::Profile;
use chaos::Restarts;
use client::backoff::random_bits;
use deployment::Deployment;
use net::shut_down_signal;
use redis_faults::RedisFaults;
use report::Report;
use serde::Serialize;
use state::AuditState;
use std::{fmt, process::ExitCode, rc::Rc};
use support::random::Random;
use tokio::time::Instant;

/// The exit status of an audit without a verdict.
const COULD_NOT_RUN: u8 = 2;

/// Runs an audit. Exits with 0 if every promise holds, 1 if one was broken, 2 without a verdict.
pub async fn run(audit: Audit) -> ExitCode {
    match audit_and_print(&audit).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

async fn audit_and_print(audit: &Audit) -> Result<bool> {
    let seed = audit.seed.unwrap_or_else(|| random_bits() >> 32);
    if audit.profile == Profile::Jitter {
        let report = jitter::run(audit, seed).await?;
        write(&report, audit)?;
        return Ok(report.holds);
    }
    let report = run_audit(audit, seed).await?;
    write(&report, audit)?;
    Ok(report.holds)
}

async fn run_audit(audit: &Audit, seed: u64) -> Result<Report> {
    let mut signals = shut_down_signal()?;
    let name = format!("audit-{:016x}", random_bits());
    let deployment = Deployment::new(audit, &name)?;
    let state = Rc::new(AuditState::start(deployment, audit, name).await?);
    eprintln!("seed {seed}, channel {}", state.deployment.channel);
    let mut random = Random::new(seed);
    let began = Instant::now();
    let restarts = Restarts::default();
    let faults = RedisFaults::default();
    let mut actors = Actors::new(audit, &state, &mut random);
    let records = actors.records.clone();
    let refused = tokio::select! {
        refused = actors.run(audit, &state, &mut random, &mut signals, (&restarts, &faults)) => refused?,
        () = progress::show(&state, &records, audit.duration) => Vec::new(),
    };
    actors.subscribers.shutdown().await;
    for record in &records {
        record.borrow_mut().end(&state);
    }
    let report = Report::new(
        audit,
        seed,
        began.elapsed(),
        &state,
        (restarts, faults),
        &records,
        refused,
    );
    ensure!(
        report.published > 0 || !report.holds,
        "no message was acknowledged: there is nothing to check"
    );
    Ok(report)
}

fn write(report: &(impl Serialize + fmt::Display), audit: &Audit) -> Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    Ok(audit.json.write(&report.to_string(), &json)?)
}
