//! Measures what happens to an answer when its page is loaded again, opened in a second tab, or
//! when somebody stops it.

use super::{
    command::Setup,
    path::{Path, Way},
    reader::{Answer, Reader},
    writer::Writer,
};
use crate::facts::{Facts, Figure};
use actix_web::rt::System;
use anyhow::{Context, Result};
use futures_util::future::try_join;
use tokio::time::Instant;

/// The most tokens of an answer that is interrupted.
const MOST: u32 = 100;
const INTERRUPTED: &str = "Loaded again, and opened in a second tab, in the middle of an answer";
const STOPPED: &str = "Stopped in the middle of an answer";

type Figures = Vec<(Figure, f64)>;

/// Returns the tokens of an answer that is interrupted.
pub(super) fn tokens(all: u32) -> u32 {
    all.min(MOST)
}

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    for transport in Way::Direct.transports() {
        let path = Path::start(*transport, Way::Direct, setup.link)?;
        let (interrupted, stopped) = System::new()
            .block_on(async {
                let interrupted = interrupted(setup, &path).await?;
                Ok::<_, anyhow::Error>((interrupted, stopped(setup, &path).await?))
            })
            .with_context(|| transport.to_string())?;
        for (topic, figures) in [(INTERRUPTED, interrupted), (STOPPED, stopped)] {
            facts.add_all(topic, transport, figures);
        }
    }
    Ok(())
}

/// A tab is loaded again with its cursor; another is opened without one.
async fn interrupted(setup: &Setup, path: &Path) -> Result<Figures> {
    const CHANNEL: &str = "interrupted";
    let all = tokens(setup.tokens);
    let half = (all / 2) as usize;
    let writer = Writer::new(path, CHANNEL);
    let write = async {
        writer.write(all, setup.interval(), Instant::now()).await?;
        writer.end().await
    };
    let read = async {
        let mut tab = Reader::new(path, CHANNEL, "0")?;
        let cursor = tab.read(half).await?.cursor.clone();
        let before = tab.close();
        let interrupted = Instant::now();
        let again = Reader::new(path, CHANNEL, &cursor)?.read_all();
        let second = async {
            let mut second = Reader::new(path, CHANNEL, "0")?;
            second.read(before.arrivals.len()).await?;
            let caught_up = interrupted.elapsed();
            Ok((caught_up, second.read_all().await?))
        };
        let (again, (caught_up, second)) = try_join(again, second).await?;
        let next = again.arrivals.first().map(|(_, next)| *next);
        let next = next.context("no token came after the refresh")?;
        let next = next.duration_since(interrupted);
        let parts = [&before, &again];
        Ok(vec![
            (("refresh: next token", "ms"), next.as_secs_f64() * 1e3),
            (("lost", "tokens"), f64::from(Answer::lost(&parts, all))),
            (("twice", "tokens"), Answer::repeated(&parts) as f64),
            (
                ("second tab: as far as the first", "ms"),
                caught_up.as_secs_f64() * 1e3,
            ),
            (
                ("lost in it", "tokens"),
                f64::from(Answer::lost(&[&second], all)),
            ),
        ])
    };
    Ok(try_join(write, read).await?.1)
}

/// The answer ends in the middle. One reader is there, and another comes later.
async fn stopped(setup: &Setup, path: &Path) -> Result<Figures> {
    const CHANNEL: &str = "stopped";
    let half = tokens(setup.tokens) / 2;
    let writer = Writer::new(path, CHANNEL);
    let write = async {
        writer.write(half, setup.interval(), Instant::now()).await?;
        let stopped = Instant::now();
        writer.end().await?;
        Ok((stopped, writer.one_more().await?))
    };
    let read = Reader::new(path, CHANNEL, "0")?.read_all();
    let ((stopped, refused), answer) = try_join(write, read).await?;
    let told = answer.ended.context("nothing told the end")?;
    let later = Reader::new(path, CHANNEL, "0")?.read_all().await?;
    Ok(vec![
        (
            ("until its reader is told", "ms"),
            told.duration_since(stopped).as_secs_f64() * 1e3,
        ),
        (
            ("lost", "tokens"),
            f64::from(Answer::lost(&[&answer], half)),
        ),
        (
            ("lost by a later reader", "tokens"),
            f64::from(Answer::lost(&[&later], half)),
        ),
        (("status of one more token", ""), f64::from(refused)),
    ])
}
