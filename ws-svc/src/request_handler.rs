//! The requests of a peer: `{"publish":{"message":…,"key":…},"ref":…}`, and their replies.

use crate::encoder::text;
use actix_web::web;
use bytes::Bytes;
use common::{
    broker::{Publication, PublishAck},
    http::{AppState, Principal, Problem, PublishBody, publish},
    message::{ChannelName, MessageId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

/// The length of `{"message":}`, the least that an HTTP request has around a message.
const MESSAGE: usize = 12;

/// Handles the requests of one peer.
#[derive(Clone)]
pub(crate) struct RequestHandler {
    pub(crate) service: web::Data<AppState>,
    pub(crate) principal: Principal,
    /// The channel to publish on.
    pub(crate) channel: ChannelName,
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

impl RequestHandler {
    /// Handles a request and returns the frame of its reply.
    pub(crate) async fn handle(self, request: Bytes) -> Bytes {
        match Request::parse(&request) {
            Ok(Request { publish, reference }) => {
                let result = self.publish(publish).await;
                self.reply(reference, result)
            }
            Err(problem) => self.reply(None, Err(problem)),
        }
    }

    async fn publish(&self, body: Option<&RawValue>) -> Result<PublishAck, Problem> {
        let body = body.ok_or_else(|| bad_request("publish is missing"))?;
        let body = PublishBody::parse(body.get())?;
        let publication = Publication {
            channel: self.channel.clone(),
            key: body.key()?,
            body: body.message.get().to_owned(),
        };
        let limit = self.service.config.messages.max_body as usize;
        if MESSAGE + publication.body.len() > limit {
            let detail = format!("what is published has at most {limit} bytes");
            return Err(Problem::new(413, "body-too-large", detail));
        }
        publish(&self.service, &self.principal, publication).await
    }

    fn reply(&self, reference: Option<&RawValue>, result: Result<PublishAck, Problem>) -> Bytes {
        let outcome = match result {
            Ok(PublishAck { id, time }) => Outcome::Ok { id, time },
            Err(problem) => {
                let metrics = self.service.hub.metrics();
                metrics.count_rejection(problem.name());
                Outcome::Error(problem.json())
            }
        };
        let reply = Reply { reference, outcome };
        text(&serde_json::to_string(&reply).expect("a reply is plain JSON"))
    }
}

impl<'a> Request<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, Problem> {
        let wrong = |why: &str| {
            bad_request(format!(
                "{why}: a request is {{\"publish\":{{\"message\":<any JSON>}},\"ref\":<any JSON>}}"
            ))
        };
        // serde would take an array for the object too.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(wrong("this is not an object"));
        }
        serde_json::from_slice(text).map_err(|error| wrong(&error.to_string()))
    }
}

fn bad_request(detail: impl std::fmt::Display) -> Problem {
    Problem::new(400, "bad-request-frame", detail)
}
