//! Server-Sent Events: one answer that never ends.

use super::{
    Event, SILENCE, Target,
    event_stream::{Parser, Said},
    http::{Trouble, accepted},
};
use actix_web::{HttpMessage, http::header};
use awc::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::{collections::VecDeque, pin::Pin, time::Duration};
use tokio::time::timeout;

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// A service that asks for more has slipped.
const LONGEST_RETRY: Duration = Duration::from_secs(600);

pub(super) struct Connection {
    body: Body,
    parser: Parser,
    said: VecDeque<Said>,
    opened: bool,
    /// How long the service wants a reader to wait before it comes back.
    retry: Duration,
}

impl Connection {
    pub(super) async fn open(http: &awc::Client, target: &Target) -> Result<Self, Trouble> {
        let request = http.get(target.url("/events")).insert_header((header::ACCEPT, "text/event-stream"));
        let response = accepted(request.send().await?).await?;
        match (response.status().as_u16(), response.content_type()) {
            (200, "text/event-stream") => Self::begin(Box::pin(response)).await,
            // By this a service asks its readers not to come back.
            (204, _) => Err(Trouble::Refused("204 No Content: there is nothing to listen to".to_owned())),
            (_, other) => Err(Trouble::Refused(format!("this is no event stream but {other:?}"))),
        }
    }

    /// Waits for the first bytes, which every stream sends at once: they may say where it stands.
    async fn begin(body: Body) -> Result<Self, Trouble> {
        let (parser, said) = (Parser::default(), VecDeque::new());
        let mut connection = Self { body, parser, said, opened: false, retry: Duration::ZERO };
        connection.read().await?;
        Ok(connection)
    }

    pub(super) async fn next(&mut self) -> Result<Event, Trouble> {
        if !self.opened {
            self.opened = true;
            return Ok(Event::Opened { cursor: self.position() });
        }
        loop {
            match self.said.pop_front() {
                Some(Said::Retry(wait)) => self.retry = wait.min(LONGEST_RETRY),
                Some(Said::Position(_)) => {}
                Some(Said::Event { name, id, data }) => {
                    if let Some(event) = meaning(&name, id, data)? {
                        return Ok(event);
                    }
                }
                None => self.read().await?,
            }
        }
    }

    fn position(&self) -> Option<String> {
        self.said.iter().find_map(|said| match said {
            Said::Position(id) => Some(id.clone()),
            _ => None,
        })
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        let lost = |why: String| Trouble::Lost { why, at_least: self.retry };
        match timeout(SILENCE, self.body.next()).await {
            Ok(Some(Ok(piece))) => self.parser.feed(&piece, &mut self.said),
            Ok(Some(Err(error))) => return Err(lost(format!("the stream broke: {error}"))),
            Ok(None) => return Err(lost("the service ended the stream".to_owned())),
            Err(_) => return Err(lost(format!("silent for {} s", SILENCE.as_secs()))),
        }
        Ok(())
    }
}

/// Names that are not known yet are for readers that know them.
fn meaning(name: &str, id: String, data: String) -> Result<Option<Event>, Trouble> {
    match name {
        "" | "message" => Ok(Some(Event::Message { id, json: data.into() })),
        "reset" => {
            let wrong = |error| Trouble::Refused(format!("this reset does not follow the protocol: {error}"));
            serde_json::from_str(&data).map(|reset| Some(Event::Reset(reset))).map_err(wrong)
        }
        _ => Ok(None),
    }
}
