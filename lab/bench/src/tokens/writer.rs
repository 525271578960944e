//! Publishes the tokens of an answer, and its end.

use crate::nginx::LinkedService;
use anyhow::{Result, anyhow, ensure};
use awc::Client;
use client::http;
use std::{fmt::Display, time::Duration};
use tokio::time::{Instant, sleep_until};

/// Characters of a token: its number in the answer.
const CHARACTERS: usize = 4;

/// Publishes an answer in its own channel.
pub(super) struct Writer {
    http: Client,
    url: String,
}

impl Writer {
    pub(super) fn new(service: &LinkedService, channel: &str) -> Self {
        Self {
            http: http::client(),
            url: service.publish(channel),
        }
    }

    /// Publishes tokens up to this number. Token `n` is due `n` intervals after `began`, so that a
    /// slow service does not slow down the schedule.
    pub(super) async fn write(&self, end: u32, interval: Duration, began: Instant) -> Result<()> {
        for number in 0..end {
            sleep_until(began + number * interval).await;
            let body = format!(r#"{{"message":"{number:0CHARACTERS$}"}}"#);
            let status = self.post(body).await?;
            ensure!(status == 200, "token {number} was answered with {status}");
        }
        Ok(())
    }

    /// Publishes the end of the answer.
    pub(super) async fn end(&self) -> Result<()> {
        let status = self.post(r#"{"end":true}"#.to_owned()).await?;
        ensure!(status == 200, "the end was answered with {status}");
        Ok(())
    }

    /// Tries to publish one more token, and returns the status of the response.
    pub(super) async fn one_more(&self) -> Result<u16> {
        self.post(r#"{"message":"more"}"#.to_owned()).await
    }

    async fn post(&self, body: String) -> Result<u16> {
        let failed = |error: &dyn Display| anyhow!("{}: {error}", self.url);
        let request = self.http.post(&self.url);
        let sent = request.content_type("application/json").send_body(body);
        let mut response = sent.await.map_err(|error| failed(&error))?;
        // A body that was not read keeps the connection from being used again.
        response.body().await.map_err(|error| failed(&error))?;
        Ok(response.status().as_u16())
    }
}
