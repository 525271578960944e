//! Measures an answer that is read while it is written.

use super::{
    command::Setup,
    path::{Path, Way},
    reader::{Answer, Reader},
    writer::Writer,
};
use crate::{
    facts::{Facts, Figure},
    run::gated_link::between,
};
use actix_web::rt::System;
use anyhow::{Context, Result};
use futures_util::future::{try_join, try_join_all};
use std::time::Duration;
use support::histogram::Histogram;
use tokio::time::Instant;

const CHANNEL: &str = "answer";
/// Tokens that come within this time after the one before came with it.
const TOGETHER: Duration = Duration::from_millis(1);
/// Tokens of an answer from which ten are beyond its p99.
const ENOUGH: u32 = 1000;

/// When an answer began, and what its reader has of it.
struct Measured {
    began: Instant,
    answer: Answer,
}

/// Measures all transports at the same time, which leaves the machine mostly idle.
pub(super) fn measure(setup: &Setup, way: Way, facts: &mut Facts) -> Result<()> {
    let start = |transport: &_| Path::start(*transport, way, setup.link);
    let paths: Vec<_> = way.transports().iter().map(start).collect::<Result<_>>()?;
    let before: Vec<_> = paths.iter().map(Path::traffic).collect();
    let answers = paths.iter().map(|path| stream(setup, path));
    let answers = System::new().block_on(try_join_all(answers))?;
    for ((path, before), measured) in paths.iter().zip(before).zip(&answers) {
        let wire = between(before, path.traffic());
        let subject = format!("{}, {way}", path.transport);
        let tokens = f64::from(setup.tokens);
        let figures = figures(setup, measured).into_iter().chain([
            (("bytes down", "B/token"), wire.down_bytes as f64 / tokens),
            (("bytes up", "B/token"), wire.up_bytes as f64 / tokens),
        ]);
        facts.add_all(&topic(setup), &subject, figures);
    }
    Ok(())
}

fn topic(setup: &Setup) -> String {
    format!(
        "An answer of {} tokens of 4 characters, {} per second, {} ms each way",
        setup.tokens, setup.rate, setup.link.delay_ms
    )
}

/// The reader connects at the moment of the first token.
async fn stream(setup: &Setup, path: &Path) -> Result<Measured> {
    let writer = Writer::new(path, CHANNEL);
    let began = Instant::now();
    let write = async {
        writer.write(setup.tokens, setup.interval(), began).await?;
        writer.end().await
    };
    let read = Reader::new(path, CHANNEL, "0")?.read_all();
    let ((), answer) = try_join(write, read)
        .await
        .with_context(|| path.transport.to_string())?;
    Ok(Measured { began, answer })
}

fn figures(setup: &Setup, Measured { began, answer }: &Measured) -> Vec<(Figure, f64)> {
    let gaps = gaps(answer);
    let mut between_tokens = Histogram::default();
    gaps.iter().for_each(|gap| between_tokens.record(*gap));
    let together = gaps.iter().filter(|gap| **gap < TOGETHER).count();
    let millis = |share| between_tokens.quantile(share) as f64 / 1e3;
    let mut figures = Vec::new();
    if let Some((_, first)) = answer.arrivals.first() {
        let waited = first.duration_since(*began).as_secs_f64() * 1e3;
        figures.push((("first token", "ms"), waited));
    }
    figures.push((("between tokens, p50", "ms"), millis(0.5)));
    if setup.tokens >= ENOUGH {
        figures.push((("between tokens, p99", "ms"), millis(0.99)));
    }
    let lumps = 100.0 * together as f64 / gaps.len().max(1) as f64;
    let lost = Answer::lost(&[answer], setup.tokens);
    figures.extend([
        (("lumps", "% of tokens"), lumps),
        (("lost", "tokens"), f64::from(lost)),
    ]);
    figures
}

fn gaps(answer: &Answer) -> Vec<Duration> {
    let pairs = answer.arrivals.windows(2);
    pairs
        .map(|pair| pair[1].1.duration_since(pair[0].1))
        .collect()
}
