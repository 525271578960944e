//! Measures an answer that is read while it is written.

use super::{
    Tokens, Way,
    reader::{Answer, Reader},
    writer::Writer,
};
use crate::{
    nginx::LinkedService,
    service_benchmark::{Facts, Figures, millis},
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

impl Tokens {
    /// Measures all transports at the same time, which leaves the machine mostly idle.
    pub(super) fn stream(&self, way: &Way, facts: &mut Facts) -> Result<()> {
        let services = self.services(way)?;
        let before: Vec<_> = services.iter().map(LinkedService::traffic).collect();
        let answers = services.iter().map(|service| self.answer(service));
        let answers = System::new().block_on(try_join_all(answers))?;
        let topic = format!(
            "An answer of {} tokens of 4 characters, {} per second, {} ms each way",
            self.tokens,
            self.rate,
            millis(self.delay)
        );
        for ((service, before), (began, answer)) in services.iter().zip(before).zip(&answers) {
            let wire = service.traffic().since(before);
            let tokens = f64::from(self.tokens);
            let figures = self.figures(*began, answer).into_iter().chain([
                (("bytes down", "B/token"), wire.down_bytes as f64 / tokens),
                (("bytes up", "B/token"), wire.up_bytes as f64 / tokens),
            ]);
            facts.add(
                &topic,
                &format!("{}, {}", service.transport, way.0),
                figures,
            );
        }
        Ok(())
    }

    /// Returns when an answer began, and what its reader has of it. The reader connects at the
    /// moment of the first token.
    async fn answer(&self, service: &LinkedService) -> Result<(Instant, Answer)> {
        let writer = Writer::new(service, CHANNEL);
        let began = Instant::now();
        let write = async {
            writer.write(self.tokens, self.interval(), began).await?;
            writer.end().await
        };
        let read = Reader::new(service, CHANNEL, "0")?.read_all();
        let both = try_join(write, read).await;
        let ((), answer) = both.with_context(|| service.transport.to_string())?;
        Ok((began, answer))
    }

    fn figures(&self, began: Instant, answer: &Answer) -> Figures {
        let pairs = answer.arrivals.windows(2);
        let gaps: Vec<_> = pairs.map(|pair| pair[1].1 - pair[0].1).collect();
        let mut between_tokens = Histogram::default();
        gaps.iter().for_each(|gap| between_tokens.record(*gap));
        let quantile = |share| between_tokens.quantile(share) as f64 / 1e3;
        let mut figures = Vec::new();
        if let Some((_, first)) = answer.arrivals.first() {
            figures.push((("first token", "ms"), millis(*first - began)));
        }
        figures.push((("between tokens, p50", "ms"), quantile(0.5)));
        if self.tokens >= ENOUGH {
            figures.push((("between tokens, p99", "ms"), quantile(0.99)));
        }
        let together = gaps.iter().filter(|gap| **gap < TOGETHER).count();
        let lumps = 100.0 * together as f64 / gaps.len().max(1) as f64;
        let lost = Answer::lost(&[answer], self.tokens);
        figures.push((("lumps", "% of tokens"), lumps));
        figures.push((("lost", "tokens"), lost));
        figures
    }
}
