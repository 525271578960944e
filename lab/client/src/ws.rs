//! WebSocket: one connection. The client sends only pongs, and the messages of its caller. The
//! handshake and the frames are awc's.

use super::{
    Event, Reset, SILENCE, Target,
    http::{MOST_BYTES, PATIENCE, Trouble, accepted, passes},
    message,
};
use actix_http::{
    StatusCode,
    ws::{Frame, Item, Message, ProtocolError},
};
use awc::error::WsClientError;
use bytes::{Bytes, BytesMut};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use serde::{Deserialize, de::IgnoredAny};
use std::pin::Pin;
use tokio::time::timeout;

/// The connection that awc returns after a handshake. Its own name is in a crate below it.
trait Socket:
    Stream<Item = Result<Frame, ProtocolError>> + Sink<Message, Error = ProtocolError>
{
}

impl<T: Stream<Item = Result<Frame, ProtocolError>> + Sink<Message, Error = ProtocolError>> Socket
    for T
{
}

/// An open WebSocket to a service.
pub struct Connection {
    socket: Pin<Box<dyn Socket>>,
    /// The fragments of an incomplete text message.
    text: BytesMut,
}

/// The JSON of a text message of the service. Anything else is a message of the channel.
#[derive(Deserialize)]
struct Text {
    id: Option<IgnoredAny>,
    hello: Option<Hello>,
    reset: Option<Reset>,
    end: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Hello {
    cursor: String,
}

impl Connection {
    /// Opens a WebSocket that reads the channel of a target.
    ///
    /// # Errors
    ///
    /// If the service refuses the WebSocket, or does not respond in time.
    pub async fn open(http: &awc::Client, target: &Target) -> Result<Self, Trouble> {
        let handshake = http
            .ws(target.url("/ws"))
            .max_frame_size(MOST_BYTES)
            .connect();
        let connected = timeout(PATIENCE, handshake)
            .await
            .map_err(|_| Trouble::lost("no response to the handshake"))?;
        match connected {
            Ok((_, socket)) => Ok(Self {
                socket: Box::pin(socket),
                text: BytesMut::new(),
            }),
            Err(WsClientError::InvalidResponseStatus(status)) => {
                Err(ask_why(http, target, status).await)
            }
            Err(WsClientError::SendRequest(error)) => Err(error.into()),
            Err(error) => Err(Trouble::Refused(format!("not a WebSocket: {error}"))),
        }
    }

    pub(super) async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            if let Some(event) = event(self.text().await?)? {
                return Ok(event);
            }
        }
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// If the connection is broken.
    pub async fn send_text(&mut self, text: String) -> Result<(), Trouble> {
        self.socket
            .send(Message::Text(text.into()))
            .await
            .map_err(broken)
    }

    /// Returns the next complete text message.
    ///
    /// # Errors
    ///
    /// If the connection ends, nothing arrives in time, or a message is binary or too long.
    pub async fn text(&mut self) -> Result<Bytes, Trouble> {
        loop {
            match self.frame().await? {
                Frame::Text(text) => return Ok(text),
                Frame::Continuation(Item::FirstText(part) | Item::Continue(part)) => {
                    self.join(&part)?;
                }
                Frame::Continuation(Item::Last(part)) => {
                    self.join(&part)?;
                    return Ok(self.text.split().freeze());
                }
                Frame::Ping(payload) => self
                    .socket
                    .send(Message::Pong(payload))
                    .await
                    .map_err(broken)?,
                Frame::Close(reason) => {
                    // A courtesy. Whether it arrives does not matter.
                    let _ = self.socket.send(Message::Close(reason.clone())).await;
                    let code = reason.map_or_else(
                        || "without a code".to_owned(),
                        |reason| format!("with {}", u16::from(reason.code)),
                    );
                    return Err(Trouble::lost(format_args!("the service closed {code}")));
                }
                Frame::Pong(_) => {}
                Frame::Binary(_) | Frame::Continuation(Item::FirstBinary(_)) => {
                    return Err(unexpected("a binary frame"));
                }
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, Trouble> {
        match timeout(SILENCE, self.socket.next()).await {
            Ok(Some(frame)) => frame.map_err(broken),
            Ok(None) => Err(Trouble::lost("the connection ended without a close frame")),
            Err(_) => Err(Trouble::lost(format_args!(
                "silent for {} s",
                SILENCE.as_secs()
            ))),
        }
    }

    fn join(&mut self, part: &[u8]) -> Result<(), Trouble> {
        if self.text.len() + part.len() > MOST_BYTES {
            return Err(unexpected("a text without end"));
        }
        self.text.extend_from_slice(part);
        Ok(())
    }
}

/// Asks the history endpoint why a handshake was refused, because awc returns only its status code.
/// The parameters are the same there. Not useful if the path is wrong.
async fn ask_why(http: &awc::Client, target: &Target, status: StatusCode) -> Trouble {
    let path = if status == StatusCode::NOT_FOUND {
        "/ws"
    } else {
        "/messages"
    };
    let response = match http.get(target.url(path)).send().await {
        Ok(response) => accepted(response).await,
        Err(error) => return error.into(),
    };
    let why = format!("{status}: the handshake was refused");
    // A service that is stopping refuses subscribers but still serves the history.
    let refused = || {
        if passes(status) {
            Trouble::lost(why)
        } else {
            Trouble::Refused(why)
        }
    };
    response.err().unwrap_or_else(refused)
}

fn event(text: Bytes) -> Result<Option<Event>, Trouble> {
    let parsed: Text =
        serde_json::from_slice(&text).map_err(|error| unexpected(&error.to_string()))?;
    if let Some(Hello { cursor }) = parsed.hello {
        let cursor = Some(cursor);
        return Ok(Some(Event::Opened { cursor }));
    }
    if let Some(reset) = parsed.reset {
        return Ok(Some(Event::Reset(reset)));
    }
    // A message has such a member too, if it is the last one.
    if parsed.end.is_some() && parsed.id.is_none() {
        return Ok(Some(Event::Ended));
    }
    // A response to a request that this client does not send.
    if parsed.error.is_some() {
        return Ok(None);
    }
    message(text).map(Some)
}

fn broken(error: ProtocolError) -> Trouble {
    Trouble::lost(format_args!("the connection broke: {error}"))
}

fn unexpected(what: &str) -> Trouble {
    Trouble::Refused(format!("this does not speak the protocol: {what}"))
}
