//! Long polling: sends the next poll when all messages of the last response were returned.

use super::{
    Event, Reset, Target,
    http::{MOST_BYTES, PATIENCE, Trouble, accepted},
    message,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::VecDeque, time::Duration};

/// How long the service may hold a poll. Below the usual idle timeout of proxies.
const WAIT: Duration = Duration::from_secs(25);

pub(super) struct Connection {
    http: awc::Client,
    target: Target,
    opened: bool,
    /// Events of the last response that were not returned yet.
    pending: VecDeque<Event>,
}

#[derive(Deserialize)]
struct PollResponse<'a> {
    reset: Option<Reset>,
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    cursor: String,
    #[serde(default)]
    end: bool,
}

impl Connection {
    pub(super) fn open(http: &awc::Client, target: &Target) -> Self {
        Self {
            http: http.clone(),
            target: target.clone(),
            opened: false,
            pending: VecDeque::new(),
        }
    }

    pub(super) async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            self.poll().await?;
        }
    }

    async fn poll(&mut self) -> Result<(), Trouble> {
        // The first poll is not held, so that an error shows at once.
        let wait = if self.opened { WAIT } else { Duration::ZERO };
        let url = format!("{}&wait={}", self.target.url("/poll"), wait.as_secs());
        let response = self.http.get(url).timeout(wait + PATIENCE).send().await?;
        let mut response = accepted(response).await?;
        let body = tokio::time::timeout(PATIENCE, response.body().limit(MOST_BYTES)).await;
        self.read(&body.map_err(|_| Trouble::lost("the response stopped half way"))??)
    }

    fn read(&mut self, body: &[u8]) -> Result<(), Trouble> {
        let response: PollResponse<'_> = serde_json::from_slice(body).map_err(unreadable)?;
        if !self.opened {
            self.opened = true;
            self.pending.push_back(Event::Opened {
                cursor: Some(response.cursor.clone()),
            });
        }
        self.pending.extend(response.reset.map(Event::Reset));
        for message_json in response.messages {
            self.pending.push_back(message(Bytes::copy_from_slice(
                message_json.get().as_bytes(),
            ))?);
        }
        self.pending.extend(response.end.then_some(Event::Ended));
        self.target.after = Some(response.cursor);
        Ok(())
    }
}

fn unreadable(error: serde_json::Error) -> Trouble {
    if error.is_eof() {
        // awc reports the end of a connection as the end of a body, even if it is too short.
        return Trouble::lost("the response ended early");
    }
    Trouble::Refused(format!("this does not speak the protocol: {error}"))
}
