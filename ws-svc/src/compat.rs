//! The founding document's WebSocket and `/echo`: a conversation with one peer is an actor's natural work, so these are
//! actix-web-actors sessions. That crate is deprecated, though maintained for actix-web 4; it is used in this file only.
//! Nothing of a channel passes through here.

use crate::{
    handshake,
    receiver::{ReceiveError, Receiver},
};
use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, StreamHandler, WrapFuture};
use actix_web::{Error, Handler, HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{CloseCode, CloseReason, Message, ProtocolError, WebsocketContext};
use common::{
    http::{AppState, Problem, compat},
    hub::{MESSAGE_TIMEOUT, Shard},
    net::has_endless_body,
};
use futures_util::{Stream, StreamExt, stream};
use rfc6455::{Event, close_code::GOING_AWAY};
use std::{
    pin::Pin,
    time::{Duration, Instant},
};
use tokio::time::{error::Elapsed, timeout_at};

/// How many messages are taken before what was answered is written.
const TURN: u32 = 16;
/// How much of what was received is logged, in characters.
const LOGGED: usize = 200;

/// What a peer gets for its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The founding document: a welcome, then an answer to each text.
    Welcome,
    /// The same back, text or binary.
    Echo,
}

struct Conversation {
    kind: Kind,
    heartbeat: Duration,
    heard: Instant,
    worker: Shard,
}

type Context = WebsocketContext<Conversation>;

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Welcome => "the WebSocket /",
            Self::Echo => "the WebSocket /echo",
        }
    }

    /// The handler of a route. Pages of any origin may talk here, as in the document: there is nothing to protect.
    pub(crate) fn handler(
        self,
    ) -> impl Handler<
        (HttpRequest, web::Payload, web::Data<AppState>, Shard),
        Output = Result<HttpResponse, Problem>,
    > {
        move |request: HttpRequest,
              payload: web::Payload,
              service: web::Data<AppState>,
              worker: Shard| async move {
            compat(&service, self.path())?;
            let mut head = handshake::accept(&request)?;
            if !has_endless_body(request.headers()) {
                return handshake::begin_again(&request, head, worker);
            }
            let heartbeat = service.config.heartbeat();
            let conversation = Conversation {
                kind: self,
                heartbeat,
                heard: Instant::now(),
                worker,
            };
            let heard = incoming(&request, payload, &service);
            Ok(handshake::without_content_type(
                head.streaming(conversation.begin(heard)),
            ))
        }
    }
}

impl Conversation {
    /// The bytes to write. What the peer says is decoded by our own reader, which refuses more than the context's and
    /// joins fragments; the context's gets a stream without an end.
    fn begin(
        self,
        heard: impl Stream<Item = Result<Event, ReceiveError>> + 'static,
    ) -> impl Stream<Item = Result<web::Bytes, Error>> {
        WebsocketContext::with_factory(stream::pending(), |context| {
            context.add_stream(heard);
            self
        })
    }

    fn reply(&self, event: Event, context: &mut Context) {
        match (event, self.kind) {
            (Event::Ping(payload), _) => context.pong(&payload),
            (Event::Pong, _) => {}
            (Event::Text(text), Kind::Echo) => context.text(text.as_str().to_owned()),
            (Event::Binary(bytes), Kind::Echo) => context.binary(bytes),
            (Event::Text(text), Kind::Welcome) => {
                log::debug!("Received: {}", beginning(text.as_str()));
                context.text(format!("Hello, you sent -> {}", text.as_str()));
            }
            (Event::Binary(_), Kind::Welcome) => {
                end(context, Some((CloseCode::Unsupported, "this takes text")))
            }
            (Event::Close(None), _) => end(context, None),
            (Event::Close(Some(close)), _) => end(context, Some((close.code.into(), ""))),
        }
    }

    fn check(&mut self, context: &mut Context) {
        if self.heard.elapsed() > 2 * self.heartbeat {
            context.stop();
        } else {
            context.ping(b"");
        }
    }

    /// Resolves when the service drains. The conversation is counted as a reader meanwhile.
    fn drained(&self) -> impl Future<Output = ()> + 'static {
        let worker = self.worker.clone();
        async move {
            worker.drained().await;
        }
    }
}

impl Actor for Conversation {
    type Context = Context;

    fn started(&mut self, context: &mut Context) {
        if self.kind == Kind::Welcome {
            context.text("Welcome to the WebSocket server!");
        }
        context.run_interval(self.heartbeat, Self::check);
        let disconnect = |(), _: &mut Self, context: &mut Context| {
            end(context, Some((GOING_AWAY.into(), "draining")))
        };
        context.spawn(self.drained().into_actor(self).map(disconnect));
    }
}

impl StreamHandler<Result<Event, ReceiveError>> for Conversation {
    fn handle(&mut self, item: Result<Event, ReceiveError>, context: &mut Context) {
        self.heard = Instant::now();
        match item {
            Ok(event) => self.reply(event, context),
            Err(error) => end(
                context,
                Some((error.close_code().into(), &error.to_string())),
            ),
        }
    }
}

/// The context asks for this; its stream never has an item.
impl StreamHandler<Result<Message, ProtocolError>> for Conversation {
    fn handle(&mut self, _: Result<Message, ProtocolError>, _: &mut Context) {}
}

/// Everything the peer says, up to its close or its first error. What counts for its largest message counts until the
/// end, since the answer to it may not be taken for long.
fn incoming(
    request: &HttpRequest,
    payload: web::Payload,
    service: &AppState,
) -> impl Stream<Item = Result<Event, ReceiveError>> + use<> {
    let receiver = Receiver::new(service.config.max_body as usize, service.share(request));
    let heard = Heard {
        payload: Box::pin(payload),
        receiver,
        taken: 0,
        due: None,
    };
    stream::unfold(heard, |mut heard| async move {
        let item = heard.next().await?;
        Some((item, heard))
    })
}

struct Heard {
    payload: Pin<Box<web::Payload>>,
    receiver: Receiver,
    taken: u32,
    /// The number of the message that is not complete, and when it is given up.
    due: Option<(u32, Instant)>,
}

impl Heard {
    async fn next(&mut self) -> Option<Result<Event, ReceiveError>> {
        self.taken += 1;
        if self.taken.is_multiple_of(TURN) {
            actix_web::rt::task::yield_now().await;
        }
        loop {
            match self.receiver.next_event().transpose() {
                None => match self.bytes().await {
                    Ok(bytes) => self.receiver.feed(&bytes?),
                    Err(Elapsed { .. }) => self.receiver.give_up(),
                },
                complete => return complete,
            }
        }
    }

    /// The next bytes, none at the end; an error if they do not come before the message has to be complete.
    async fn bytes(&mut self) -> Result<Option<web::Bytes>, Elapsed> {
        let unfinished = self.receiver.unfinished();
        self.due = unfinished.map(|message| match self.due {
            Some(due) if due.0 == message => due,
            _ => (message, Instant::now() + MESSAGE_TIMEOUT),
        });
        let bytes = self.payload.next();
        let bytes = match self.due {
            Some((_, due)) => timeout_at(due.into(), bytes).await?,
            None => bytes.await,
        };
        Ok(bytes.and_then(Result::ok))
    }
}

fn end(context: &mut Context, reason: Option<(CloseCode, &str)>) {
    context.close(reason.map(|(code, why)| CloseReason {
        code,
        description: Some(why.to_owned()),
    }));
    context.stop();
}

/// As much of a text as is logged.
fn beginning(text: &str) -> &str {
    text.char_indices()
        .nth(LOGGED)
        .map_or(text, |(end, _)| &text[..end])
}
