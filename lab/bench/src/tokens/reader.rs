//! Reads an answer: which tokens arrived, and when.

use crate::nginx::LinkedService;
use anyhow::{Context, Result, anyhow, bail};
use client::{Client, Event, Target, channels, http};
use serde::Deserialize;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{Instant, timeout};

/// A reader without any event for this long fails the measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A tab that reads an answer. Dropping it ends its connection.
pub(super) struct Reader {
    client: Client,
    answer: Answer,
}

/// What a reader has of an answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Numbers of the tokens, in the order of their arrival, with the time.
    pub(super) arrivals: Vec<(u32, Instant)>,
    /// Id of the last message.
    pub(super) cursor: String,
    /// When the reader was told that no more comes.
    pub(super) ended: Option<Instant>,
}

#[derive(Deserialize)]
struct Message {
    /// A token; `null` at the end.
    message: Option<String>,
}

impl Reader {
    /// Creates a reader that continues after this cursor; `0` is the beginning.
    pub(super) fn new(service: &LinkedService, channel: &str, after: &str) -> Result<Self> {
        let target = Target {
            base: service.entry().parse()?,
            channels: channels(channel)?,
            after: Some(after.to_owned()),
        };
        Ok(Self {
            client: Client::new(http::client(), service.transport, target),
            answer: Answer::default(),
        })
    }

    /// Reads until there are this many tokens, or the end, and returns what was read so far.
    pub(super) async fn read(&mut self, tokens: usize) -> Result<&Answer> {
        while self.answer.arrivals.len() < tokens && self.answer.ended.is_none() {
            let event = timeout(PATIENCE, self.client.next()).await;
            let event = event.with_context(|| format!("nothing came for {PATIENCE:?}"))?;
            self.answer
                .note(event.map_err(|refused| anyhow!("{refused}"))?)?;
        }
        Ok(&self.answer)
    }

    /// Ends the connection, as a tab does that is closed or loaded again.
    pub(super) fn close(self) -> Answer {
        self.answer
    }

    /// Reads until the end.
    pub(super) async fn read_all(mut self) -> Result<Answer> {
        self.read(usize::MAX).await?;
        Ok(self.answer)
    }
}

impl Answer {
    fn note(&mut self, event: Event) -> Result<()> {
        let now = Instant::now();
        match event {
            Event::Message { id, json } => {
                self.cursor = id;
                let Message { message } = serde_json::from_slice(&json)?;
                let number = message.map(|token| token.parse()).transpose()?;
                self.arrivals.extend(number.map(|number| (number, now)));
            }
            Event::Ended => self.ended = Some(now),
            Event::Reset(_) => bail!("the history is too short for the answer"),
            // Tokens that this costs are counted.
            Event::Opened { .. } | Event::Retrying { .. } => {}
        }
        Ok(())
    }

    /// Returns how many of the first `tokens` are missing in these parts of an answer.
    pub(super) fn lost(parts: &[&Self], tokens: u32) -> f64 {
        let numbers: BTreeSet<_> = Self::numbers(parts).collect();
        let lost = (0..tokens).filter(|number| !numbers.contains(number));
        lost.count() as f64
    }

    /// Returns how many tokens arrived more than once in these parts of an answer.
    pub(super) fn repeated(parts: &[&Self]) -> f64 {
        let distinct: BTreeSet<_> = Self::numbers(parts).collect();
        (Self::numbers(parts).count() - distinct.len()) as f64
    }

    fn numbers(parts: &[&Self]) -> impl Iterator<Item = u32> {
        let all = parts.iter().flat_map(|part| &part.arrivals);
        all.map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn part(numbers: &[u32]) -> Answer {
        let mut answer = Answer::default();
        for number in numbers {
            let json = Bytes::from(format!(r#"{{"message":"{number:04}"}}"#));
            let id = format!("7-{number}");
            answer.note(Event::Message { id, json }).unwrap();
        }
        answer
    }

    #[test]
    fn lost_and_repeated_tokens_are_counted_over_all_parts() {
        let (first, second) = (part(&[0, 1, 2]), part(&[2, 4]));
        assert_eq!(Answer::lost(&[&first, &second], 6), 2.0);
        assert_eq!(Answer::repeated(&[&first, &second]), 1.0);
        assert_eq!(Answer::lost(&[&first], 3), 0.0);
    }

    #[test]
    fn an_end_without_a_message_is_not_a_token() {
        let mut answer = part(&[0]);
        let json = Bytes::from_static(br#"{"message":null,"end":true}"#);
        let id = "7-2".to_owned();
        answer.note(Event::Message { id, json }).unwrap();
        answer.note(Event::Ended).unwrap();
        assert_eq!((answer.arrivals.len(), &*answer.cursor), (1, "7-2"));
        assert!(answer.ended.is_some());
    }
}
