//! Measures what happens to an answer when its page is loaded again, opened in a second tab, or
//! when somebody stops it.

use super::{
    DIRECT, Tokens,
    reader::{Answer, Reader},
    writer::Writer,
};
use crate::{
    nginx::LinkedService,
    service_benchmark::{Facts, Figures, millis},
};
use actix_web::rt::System;
use anyhow::{Context, Result};
use futures_util::future::try_join;
use tokio::time::Instant;

/// The most tokens of an answer that is interrupted.
const MOST: u32 = 100;
const INTERRUPTED: &str = "Loaded again, and opened in a second tab, in the middle of an answer";
const STOPPED: &str = "Stopped in the middle of an answer";

impl Tokens {
    /// Returns the tokens of an answer that is interrupted.
    pub(super) fn interrupted_tokens(&self) -> u32 {
        self.tokens.min(MOST)
    }

    pub(super) fn interruptions(&self, facts: &mut Facts) -> Result<()> {
        for service in self.services(&DIRECT)? {
            let transport = service.transport;
            let both = System::new().block_on(async {
                let interrupted = self.interrupted(&service).await?;
                anyhow::Ok((interrupted, self.stopped(&service).await?))
            });
            let (interrupted, stopped) = both.with_context(|| transport.to_string())?;
            facts.add(INTERRUPTED, &transport, interrupted);
            facts.add(STOPPED, &transport, stopped);
        }
        Ok(())
    }

    /// A tab is loaded again with its cursor; another is opened without one.
    async fn interrupted(&self, service: &LinkedService) -> Result<Figures> {
        const CHANNEL: &str = "interrupted";
        let all = self.interrupted_tokens();
        let half = (all / 2) as usize;
        let writer = Writer::new(service, CHANNEL);
        let write = async {
            writer.write(all, self.interval(), Instant::now()).await?;
            writer.end().await
        };
        let read = async {
            let mut tab = Reader::new(service, CHANNEL, "0")?;
            let cursor = tab.read(half).await?.cursor.clone();
            let before = tab.close();
            let interrupted = Instant::now();
            let again = Reader::new(service, CHANNEL, &cursor)?.read_all();
            let second = async {
                let mut second = Reader::new(service, CHANNEL, "0")?;
                second.read(before.arrivals.len()).await?;
                let caught_up = interrupted.elapsed();
                Ok((caught_up, second.read_all().await?))
            };
            let (again, (caught_up, second)) = try_join(again, second).await?;
            let next = again.arrivals.first().map(|(_, next)| *next);
            let next = next.context("no token came after the refresh")? - interrupted;
            let parts = [&before, &again];
            let lost = Answer::lost(&parts, all);
            let lost_in_second = Answer::lost(&[&second], all);
            Ok(vec![
                (("refresh: next token", "ms"), millis(next)),
                (("lost", "tokens"), lost),
                (("twice", "tokens"), Answer::repeated(&parts)),
                (("second tab: as far as the first", "ms"), millis(caught_up)),
                (("lost in it", "tokens"), lost_in_second),
            ])
        };
        Ok(try_join(write, read).await?.1)
    }

    /// The answer ends in the middle. One reader is there, and another comes later.
    async fn stopped(&self, service: &LinkedService) -> Result<Figures> {
        const CHANNEL: &str = "stopped";
        let half = self.interrupted_tokens() / 2;
        let writer = Writer::new(service, CHANNEL);
        let write = async {
            writer.write(half, self.interval(), Instant::now()).await?;
            let stopped = Instant::now();
            writer.end().await?;
            Ok((stopped, writer.one_more().await?))
        };
        let read = Reader::new(service, CHANNEL, "0")?.read_all();
        let ((stopped, refused), answer) = try_join(write, read).await?;
        let told = answer.ended.context("nothing told the end")? - stopped;
        let later = Reader::new(service, CHANNEL, "0")?.read_all().await?;
        let lost_later = Answer::lost(&[&later], half);
        Ok(vec![
            (("until its reader is told", "ms"), millis(told)),
            (("lost", "tokens"), Answer::lost(&[&answer], half)),
            (("lost by a later reader", "tokens"), lost_later),
            (("status of one more token", ""), f64::from(refused)),
        ])
    }
}
