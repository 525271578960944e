//! The compatibility endpoints: the WebSocket `/`, which answers each text, and `/echo`. Each is a
//! conversation with one peer and touches no channel. They are actors of `actix-web-actors`, which
//! is deprecated but maintained for actix-web 4; no other file uses it.

use crate::{handshake, incoming::incoming, receiver::ReceiveError};
use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, StreamHandler, WrapFuture};
use actix_web::{Error, Handler, HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{CloseCode, CloseReason, Message, ProtocolError, WebsocketContext};
use common::{hub::Hub, shard::Shard};
use futures_util::{Stream, stream};
use net::has_endless_body;
use rfc6455::{Event, close_code::GOING_AWAY};
use service::http::{AppState, Problem, require_compat};
use std::time::{Duration, Instant};

/// The characters of a received text that are logged.
const LOGGED: usize = 200;

/// Which endpoint a peer is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/`: sends a welcome, then answers each text.
    Welcome,
    /// `/echo`: returns each message, text or binary.
    Echo,
}

struct Conversation {
    endpoint: Endpoint,
    heartbeat: Duration,
    /// The time of the last event from the peer.
    last_event: Instant,
    hub: Hub,
}

type Context = WebsocketContext<Conversation>;

impl Endpoint {
    fn path(self) -> &'static str {
        match self {
            Self::Welcome => "the WebSocket /",
            Self::Echo => "the WebSocket /echo",
        }
    }

    /// Returns the handler of the route. It accepts pages of any origin: there is nothing to
    /// protect.
    pub(crate) fn handler(
        self,
    ) -> impl Handler<
        (HttpRequest, web::Payload, web::Data<AppState>, Shard),
        Output = Result<HttpResponse, Problem>,
    > {
        move |request: HttpRequest,
              payload: web::Payload,
              service: web::Data<AppState>,
              shard: Shard| async move {
            require_compat(&service, self.path())?;
            let mut head = handshake::accept(&request)?;
            if !has_endless_body(request.headers()) {
                return handshake::reparse(&request, head, shard);
            }
            let heartbeat = service.config.messages.heartbeat;
            let conversation = Conversation {
                endpoint: self,
                heartbeat,
                last_event: Instant::now(),
                hub: service.hub.clone(),
            };
            let events = incoming(&request, payload, &service);
            Ok(handshake::without_content_type(
                head.streaming(conversation.begin(events)),
            ))
        }
    }
}

impl Conversation {
    /// Starts the actor and returns the bytes that it writes. [`Receiver`] decodes the frames
    /// instead of the context: it rejects more violations and joins fragments. The context gets a
    /// stream that never yields.
    fn begin(
        self,
        events: impl Stream<Item = Result<Event, ReceiveError>> + 'static,
    ) -> impl Stream<Item = Result<web::Bytes, Error>> {
        WebsocketContext::with_factory(stream::pending(), |context| {
            context.add_stream(events);
            self
        })
    }

    fn reply(&self, event: Event, context: &mut Context) {
        match (event, self.endpoint) {
            (Event::Ping(payload), _) => context.pong(&payload),
            (Event::Pong, _) => {}
            (Event::Text(text), Endpoint::Echo) => context.text(text.as_str().to_owned()),
            (Event::Binary(bytes), Endpoint::Echo) => context.binary(bytes),
            (Event::Text(text), Endpoint::Welcome) => {
                log::debug!("Received: {}", beginning(text.as_str()));
                context.text(format!("Hello, you sent -> {}", text.as_str()));
            }
            (Event::Binary(_), Endpoint::Welcome) => end(
                context,
                Some((CloseCode::Unsupported, "expected a text message")),
            ),
            (Event::Close(None), _) => end(context, None),
            (Event::Close(Some(close)), _) => end(context, Some((close.code.into(), ""))),
        }
    }

    fn check_liveness(&mut self, context: &mut Context) {
        if self.last_event.elapsed() > 2 * self.heartbeat {
            context.stop();
        } else {
            context.ping(b"");
        }
    }

    /// Resolves when the service drains. Until then the conversation counts as a subscriber.
    fn drained(&self) -> impl Future<Output = ()> + 'static {
        let hub = self.hub.clone();
        async move { hub.drained().await }
    }
}

impl Actor for Conversation {
    type Context = Context;

    fn started(&mut self, context: &mut Context) {
        if self.endpoint == Endpoint::Welcome {
            context.text("Welcome to the WebSocket server!");
        }
        context.run_interval(self.heartbeat, Self::check_liveness);
        let disconnect = |(), _: &mut Self, context: &mut Context| {
            end(context, Some((GOING_AWAY.into(), "draining")));
        };
        context.spawn(self.drained().into_actor(self).map(disconnect));
    }
}

impl StreamHandler<Result<Event, ReceiveError>> for Conversation {
    fn handle(&mut self, item: Result<Event, ReceiveError>, context: &mut Context) {
        self.last_event = Instant::now();
        match item {
            Ok(event) => self.reply(event, context),
            Err(error) => end(
                context,
                Some((error.close_code().into(), &error.to_string())),
            ),
        }
    }
}

/// The context requires this; its stream never yields.
impl StreamHandler<Result<Message, ProtocolError>> for Conversation {
    fn handle(&mut self, _: Result<Message, ProtocolError>, _: &mut Context) {}
}

fn end(context: &mut Context, reason: Option<(CloseCode, &str)>) {
    context.close(reason.map(|(code, why)| CloseReason {
        code,
        description: Some(why.to_owned()),
    }));
    context.stop();
}

/// Returns the first characters of a text.
fn beginning(text: &str) -> &str {
    text.char_indices()
        .nth(LOGGED)
        .map_or(text, |(end, _)| &text[..end])
}
