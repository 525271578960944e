//! `GET /ws?channel=c`: the shared protocol over one connection. The hub sends the channel's messages; this answers
//! what the peer says: `{"publish":{"message":…,"key":…},"ref":…}` and the control frames.

use crate::{
    handshake,
    receiver::{ReceiveError, Receiver},
    waiting::{Next, Waiting},
    wire::{Holder, hello, text},
};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use common::{
    broker::Accepted,
    http::{Caller, Problem, Query, Service, Subscription, check_key, origin_is_allowed, parse_publication, publish},
    hub::{self, Newcomer, Then, Wire, Worker},
    message::{Channel, Id},
    server::hand_over,
};
use rfc6455::{Event, close_code::UNSUPPORTED_DATA, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::{process, sync::Arc};

/// Room for what stands around the message in a publish frame.
const ENVELOPE: usize = 512;
/// What stands around a message where nothing else is said: `{"message":}`.
const MESSAGE: usize = 12;

/// Sends the socket to the hub, behind the head of the answer.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<Service>,
    worker: Worker,
    wire: web::Data<Arc<dyn Wire>>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let head = handshake::accept(&request)?;
    origin_is_allowed(&request, &service)?;
    let query = Query::of(&request);
    let missing = || Problem::new(400, "bad-channel", "channel=NAME is missing: /ws?channel=main");
    let channel = query.channel()?.ok_or_else(missing)?;
    let wants_holder = query.flag("worker")?;
    let subscription = Subscription::open(&service, &caller, channel, query.after()?).await?;
    let Subscription { channel, feed, after, until } = subscription;
    let wire = wire.get_ref().clone();
    let share = service.share(&request);
    let response = hand_over(&request, head, move |taken| {
        let start = feed.start(after);
        let holder = wants_holder.then(|| Holder { worker: worker.number(), pid: process::id() });
        let opening = BytesMut::from(&hello(&start, service.config.max_body, holder)[..]);
        let receiver = Receiver::new(service.config.max_body as usize + ENVELOPE, share);
        let incoming = Some(Box::new(Session::new(receiver, service, caller, channel)) as _);
        worker.adopt(Newcomer { taken, feed, wire, start, opening, incoming, until });
    });
    Ok(handshake::without_content_type(response))
}

/// What one peer has said so far. Control frames are answered as they come; everything else waits for its turn.
struct Session {
    receiver: Receiver,
    service: web::Data<Service>,
    caller: Caller,
    channel: Channel,
    /// A request is being worked out.
    is_busy: bool,
    waiting: Waiting,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    publish: Option<&'a RawValue>,
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Key {
    key: Option<String>,
}

#[derive(Serialize)]
struct Reply<'a> {
    #[serde(rename = "ref")]
    reference: Option<&'a RawValue>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok { id: Id, time: u64 },
    Error(Value),
}

impl Session {
    fn new(receiver: Receiver, service: web::Data<Service>, caller: Caller, channel: Channel) -> Self {
        Self { receiver, service, caller, channel, is_busy: false, waiting: Waiting::default() }
    }

    /// Reads what there is room for, up to the end of what the peer has to say.
    fn decode(&mut self, replies: &mut BytesMut) {
        while !self.waiting.is_full() {
            match self.receiver.next_event() {
                Ok(None) => return self.settle(),
                Ok(Some(Event::Pong)) => {}
                Ok(Some(Event::Ping(payload))) => encode::pong(&payload, replies),
                Ok(Some(Event::Text(text))) => self.waiting.push(&text.into_bytes()),
                Ok(Some(Event::Binary(_))) => {
                    self.waiting.end(|close| encode::close(UNSUPPORTED_DATA, "this takes text", close));
                }
                Ok(Some(Event::Close(None))) => self.waiting.end(encode::close_without_code),
                Ok(Some(Event::Close(Some(close_frame)))) => {
                    self.waiting.end(|close| encode::close(close_frame.code, "", close));
                }
                Err(error) => self.waiting.end(|close| close_for(error, close)),
            }
        }
    }

    /// Gives the budget back what the decoder took, once no request that it counts is left.
    fn settle(&mut self) {
        if !self.is_busy && self.waiting.is_empty() {
            self.receiver.release();
        }
    }

    fn answer(&self, request: Bytes) -> Then {
        let (service, caller, channel) = (self.service.clone(), self.caller.clone(), self.channel.clone());
        Then::Answer(Box::pin(async move { answer(&service, &caller, channel, &request).await }))
    }
}

impl hub::Incoming for Session {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Then {
        self.is_busy &= !bytes.is_empty();
        self.receiver.feed(bytes);
        self.decode(replies);
        if self.is_busy {
            return Then::Read;
        }
        let next = self.waiting.next();
        self.is_busy = matches!(next, Some(Next::Request(_)));
        // There is room again: what is left in the decoder would not be looked at before the next bytes come.
        self.decode(replies);
        match next {
            Some(Next::Request(request)) => self.answer(request),
            Some(Next::End(close)) => {
                replies.extend_from_slice(&close);
                Then::End
            }
            None => Then::Read,
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.is_full()
    }

    fn unfinished(&self) -> Option<u32> {
        self.receiver.unfinished()
    }

    fn give_up(&mut self, last: &mut BytesMut) -> bool {
        self.receiver.give_up();
        self.decode(last);
        if self.is_busy {
            return false;
        }
        let Some(Next::End(close)) = self.waiting.next() else { return false };
        last.extend_from_slice(&close);
        true
    }
}

/// Says which rule was broken.
pub(crate) fn close_for(error: ReceiveError, out: &mut BytesMut) {
    encode::close(error.close_code(), &error.to_string(), out);
}

async fn answer(service: &Service, caller: &Caller, channel: Channel, request: &[u8]) -> Bytes {
    let request = match parse(request) {
        Ok(request) => request,
        Err(problem) => return reply(service, None, Err(problem)),
    };
    reply(service, request.reference, publish_it(service, caller, channel, request.publish).await)
}

fn parse(request: &[u8]) -> Result<Request<'_>, Problem> {
    let wrong = |why: &str| {
        let detail = format!("{why}: a request is {{\"publish\":{{\"message\":<any JSON>}},\"ref\":<any JSON>}}");
        Problem::new(400, "bad-request-frame", detail)
    };
    // serde would take an array for the object too.
    match request.trim_ascii_start().starts_with(b"{") {
        true => serde_json::from_slice(request).map_err(|error| wrong(&error.to_string())),
        false => Err(wrong("this is no object")),
    }
}

async fn publish_it(
    service: &Service,
    caller: &Caller,
    channel: Channel,
    body: Option<&RawValue>,
) -> Result<Accepted, Problem> {
    let body = body.ok_or_else(|| Problem::new(400, "bad-request-frame", "publish is missing"))?.get();
    let mut publication = parse_publication(channel, body.into(), None)?;
    let Key { key } = serde_json::from_str(body).map_err(|_| Problem::new(400, "bad-key", "key: a text"))?;
    publication.key = key.map(|key| check_key(&key)).transpose()?;
    let limit = service.config.max_body as usize;
    if MESSAGE + publication.body.len() > limit {
        return Err(Problem::new(413, "body-too-large", format_args!("what is published has at most {limit} bytes")));
    }
    publish(service, caller, publication).await
}

fn reply(service: &Service, reference: Option<&RawValue>, result: Result<Accepted, Problem>) -> Bytes {
    let outcome = match result {
        Ok(Accepted { id, time }) => Outcome::Ok { id, time },
        Err(problem) => {
            service.hub.metrics().rejected(problem.name());
            Outcome::Error(problem.json())
        }
    };
    text(&serde_json::to_string(&Reply { reference, outcome }).expect("a reply is plain JSON"))
}
