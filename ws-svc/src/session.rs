//! `GET /ws?channel=c`: subscribing and publishing over one connection. The hub sends the channel's messages. A session
//! answers the peer's frames: `{"publish":{"message":…,"key":…},"ref":…}` and control frames.

use crate::{
    encoder::{ConnectionOwner, hello, text},
    handshake,
    receiver::{ReceiveError, Receiver},
    request_queue::{Next, RequestQueue},
};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use common::{
    broker::{Publication, PublishAck},
    http::{
        AppState, Principal, Problem, PublishBody, Query, Subscription, origin_is_allowed, publish,
    },
    hub::{self, Encoder, Flow, NewStream, Shard},
    message::{ChannelName, MessageId},
    net::detach,
};
use rfc6455::{Event, close_code::UNSUPPORTED_DATA, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::{process, sync::Arc};

/// The bytes that a publish frame may have in addition to the message.
const ENVELOPE: usize = 512;
/// What stands around a message where nothing else is said: `{"message":}`.
const MESSAGE: usize = 12;

/// Completes the handshake and detaches the socket, to which the hub then writes.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    encoder: web::Data<Arc<dyn Encoder>>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let head = handshake::accept(&request)?;
    origin_is_allowed(&request, &service)?;
    let query = Query::of(&request);
    let missing = || {
        Problem::new(
            400,
            "bad-channel",
            "channel=NAME is missing: /ws?channel=main",
        )
    };
    let channel = query.channel()?.ok_or_else(missing)?;
    let wants_owner = query.flag("worker")?;
    let subscription = Subscription::open(&service, &principal, channel, query.after()?).await?;
    let Subscription {
        channel,
        feed,
        after,
        until,
    } = subscription;
    let encoder = encoder.get_ref().clone();
    let share = service.share(&request);
    let response = detach(&request, head, move |detached| {
        let resume = feed.resume(after);
        let owner = wants_owner.then(|| ConnectionOwner {
            worker: shard.number(),
            pid: process::id(),
        });
        let opening = BytesMut::from(&hello(&resume, service.config.max_body, owner)[..]);
        let receiver = Receiver::new(service.config.max_body as usize + ENVELOPE, share);
        let frames = Some(Box::new(Session::new(receiver, service, principal, channel)) as _);
        shard.adopt(NewStream {
            detached,
            channel: feed,
            encoder,
            resume,
            opening,
            frames,
            expires_in: until,
        });
    });
    Ok(handshake::without_content_type(response))
}

/// The state of one peer. Control frames are answered at once; requests wait for their turn.
struct Session {
    receiver: Receiver,
    service: web::Data<AppState>,
    principal: Principal,
    channel: ChannelName,
    /// Whether a request is being handled.
    is_busy: bool,
    requests: RequestQueue,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    publish: Option<&'a RawValue>,
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
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
    Ok { id: MessageId, time: u64 },
    Error(Value),
}

impl Session {
    fn new(
        receiver: Receiver,
        service: web::Data<AppState>,
        principal: Principal,
        channel: ChannelName,
    ) -> Self {
        Self {
            receiver,
            service,
            principal,
            channel,
            is_busy: false,
            requests: RequestQueue::default(),
        }
    }

    /// Decodes frames until the queue is full, no complete frame is left, or the conversation ends.
    fn decode(&mut self, replies: &mut BytesMut) {
        while !self.requests.is_full() {
            match self.receiver.next_event() {
                Ok(None) => return self.release_share(),
                Ok(Some(Event::Pong)) => {}
                Ok(Some(Event::Ping(payload))) => encode::pong(&payload, replies),
                Ok(Some(Event::Text(text))) => self.requests.push(&text.into_bytes()),
                Ok(Some(Event::Binary(_))) => {
                    self.requests.end(|close| {
                        encode::close(UNSUPPORTED_DATA, "expected a text message", close)
                    });
                }
                Ok(Some(Event::Close(None))) => self.requests.end(encode::close_without_code),
                Ok(Some(Event::Close(Some(close_frame)))) => {
                    self.requests
                        .end(|close| encode::close(close_frame.code, "", close));
                }
                Err(error) => self.requests.end(|close| close_for(error, close)),
            }
        }
    }

    /// Releases the share of the decoder once no request that it counts is left.
    fn release_share(&mut self) {
        if !self.is_busy && self.requests.is_empty() {
            self.receiver.release();
        }
    }

    fn answer(&self, request: Bytes) -> Flow {
        let (service, principal, channel) = (
            self.service.clone(),
            self.principal.clone(),
            self.channel.clone(),
        );
        Flow::PendingReply(Box::pin(async move {
            answer(&service, &principal, channel, &request).await
        }))
    }
}

impl hub::FrameHandler for Session {
    fn receive(&mut self, bytes: &[u8], replies: &mut BytesMut) -> Flow {
        self.is_busy &= !bytes.is_empty();
        self.receiver.feed(bytes);
        self.decode(replies);
        if self.is_busy {
            return Flow::Read;
        }
        let next = self.requests.next();
        self.is_busy = matches!(next, Some(Next::Request(_)));
        // The queue has room again. Bytes left in the decoder would otherwise wait for the next read.
        self.decode(replies);
        match next {
            Some(Next::Request(request)) => self.answer(request),
            Some(Next::Close(close)) => {
                replies.extend_from_slice(&close);
                Flow::End
            }
            None => Flow::Read,
        }
    }

    fn is_full(&self) -> bool {
        self.requests.is_full()
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
        let Some(Next::Close(close)) = self.requests.next() else {
            return false;
        };
        last.extend_from_slice(&close);
        true
    }
}

/// Encodes the close frame that names the error.
pub(crate) fn close_for(error: ReceiveError, out: &mut BytesMut) {
    encode::close(error.close_code(), &error.to_string(), out);
}

async fn answer(
    service: &AppState,
    principal: &Principal,
    channel: ChannelName,
    request: &[u8],
) -> Bytes {
    let request = match parse(request) {
        Ok(request) => request,
        Err(problem) => return reply(service, None, Err(problem)),
    };
    reply(
        service,
        request.reference,
        publish_request(service, principal, channel, request.publish).await,
    )
}

fn parse(request: &[u8]) -> Result<Request<'_>, Problem> {
    let wrong = |why: &str| {
        let detail = format!(
            "{why}: a request is {{\"publish\":{{\"message\":<any JSON>}},\"ref\":<any JSON>}}"
        );
        Problem::new(400, "bad-request-frame", detail)
    };
    // serde would take an array for the object too.
    match request.trim_ascii_start().starts_with(b"{") {
        true => serde_json::from_slice(request).map_err(|error| wrong(&error.to_string())),
        false => Err(wrong("this is not an object")),
    }
}

async fn publish_request(
    service: &AppState,
    principal: &Principal,
    channel: ChannelName,
    body: Option<&RawValue>,
) -> Result<PublishAck, Problem> {
    let body = body
        .ok_or_else(|| Problem::new(400, "bad-request-frame", "publish is missing"))?
        .get();
    let body = PublishBody::parse(body)?;
    let publication = Publication {
        channel,
        key: body.key()?,
        body: body.message.get().to_owned(),
        holder: 0,
    };
    let limit = service.config.max_body as usize;
    if MESSAGE + publication.body.len() > limit {
        return Err(Problem::new(
            413,
            "body-too-large",
            format_args!("what is published has at most {limit} bytes"),
        ));
    }
    publish(service, principal, publication).await
}

fn reply(
    service: &AppState,
    reference: Option<&RawValue>,
    result: Result<PublishAck, Problem>,
) -> Bytes {
    let outcome = match result {
        Ok(PublishAck { id, time }) => Outcome::Ok { id, time },
        Err(problem) => {
            service.hub.metrics().count_rejection(problem.name());
            Outcome::Error(problem.json())
        }
    };
    text(&serde_json::to_string(&Reply { reference, outcome }).expect("a reply is plain JSON"))
}
