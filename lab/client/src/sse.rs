//! Server-Sent Events: one response that does not end.

use super::{
    Event, Reset, SILENCE, Target,
    http::{Trouble, accepted},
    message,
};
use actix_web::{HttpMessage, http::header};
use awc::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::{collections::VecDeque, mem, pin::Pin, time::Duration};
use tokio::time::timeout;
use wire::event_stream::{Item, Parser};

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// Longest reconnection time that a service can request.
const LONGEST_RETRY: Duration = Duration::from_secs(600);

pub(super) struct Connection {
    body: Body,
    parser: Parser,
    items: VecDeque<Item>,
    /// The channel had ended before.
    has_ended: bool,
    /// The reconnection time that the service has requested.
    retry: Duration,
}

impl Connection {
    pub(super) async fn open(http: &awc::Client, target: &Target) -> Result<Self, Trouble> {
        let request = http
            .get(target.url("/events"))
            .insert_header((header::ACCEPT, "text/event-stream"));
        let response = accepted(request.send().await?).await?;
        match (response.status().as_u16(), response.content_type()) {
            (200, "text/event-stream") => Ok(Self::new(Box::pin(response))),
            // A service responds with 204 to stop reconnects (HTML standard, section 9.2.3).
            (204, _) if response.headers().contains_key("trilane-end") => Ok(Self::ended()),
            (204, _) => Err(Trouble::Refused(
                "204 No Content: there is no stream to subscribe to".to_owned(),
            )),
            (_, other) => Err(Trouble::Refused(format!(
                "expected an event stream, got {other:?}"
            ))),
        }
    }

    fn new(body: Body) -> Self {
        Self {
            body,
            parser: Parser::default(),
            items: VecDeque::new(),
            has_ended: false,
            retry: Duration::ZERO,
        }
    }

    fn ended() -> Self {
        Self {
            has_ended: true,
            ..Self::new(Box::pin(stream::empty()))
        }
    }

    pub(super) async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            match self.items.pop_front() {
                Some(Item::Retry(wait)) => self.retry = wait.min(LONGEST_RETRY),
                Some(Item::Event { name, id, data }) => {
                    if let Some(event) = decode(&name, id, data)? {
                        return Ok(event);
                    }
                }
                None if mem::take(&mut self.has_ended) => return Ok(Event::Ended),
                None => self.read().await?,
            }
        }
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        let lost = |why: String| Trouble::Lost {
            why,
            at_least: self.retry,
        };
        match timeout(SILENCE, self.body.next()).await {
            Ok(Some(Ok(piece))) => self.parser.feed(&piece, &mut self.items),
            Ok(Some(Err(error))) => return Err(lost(format!("the stream broke: {error}"))),
            Ok(None) => return Err(lost("the service ended the stream".to_owned())),
            Err(_) => return Err(lost(format!("silent for {} s", SILENCE.as_secs()))),
        }
        Ok(())
    }
}

/// Decodes an event. A message may have any name; an event without the id of a message is of a
/// later protocol, and is ignored. Like an EventSource, the client resumes with the id of the last
/// event.
fn decode(name: &str, id: String, data: String) -> Result<Option<Event>, Trouble> {
    match name {
        "" | "message" => Ok(Some(Event::Message {
            id,
            json: data.into(),
        })),
        "hello" => Ok(Some(Event::Opened { cursor: Some(id) })),
        "end" => Ok(Some(Event::Ended)),
        "reset" => {
            let wrong = |error| {
                Trouble::Refused(format!("this reset does not follow the protocol: {error}"))
            };
            let reset: Reset = serde_json::from_str(&data).map_err(wrong)?;
            Ok(Some(Event::Reset(Reset {
                cursor: id,
                ..reset
            })))
        }
        _ => Ok(message(data.into()).ok()),
    }
}
