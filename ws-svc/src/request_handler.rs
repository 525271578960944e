//! Handles the requests of a peer, and encodes their replies.

use crate::{
    encoder::text,
    request::{Action, Request, Subscribe, Unsubscribe},
};
use actix_web::web;
use broker::{Publication, PublishAck};
use bytes::Bytes;
use common::{
    channel_set::ChannelSet,
    message::{ChannelName, MessageId},
    transport::{Change, ChangeError, ChannelChange, Reply},
};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use service::http::{AppState, Principal, Problem, PublishBody, Subscription, publish};

/// The length of `{"message":}`, the least that an HTTP request has around a message.
const MESSAGE: usize = 12;

/// Handles the requests of one peer.
#[derive(Clone)]
pub(crate) struct RequestHandler {
    pub(crate) service: web::Data<AppState>,
    pub(crate) principal: Principal,
    /// The channel to publish on, unless a request names another.
    pub(crate) channel: ChannelName,
}

#[derive(Serialize)]
struct ReplyFrame<'a> {
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
    /// Handles a request and returns its reply.
    pub(crate) async fn handle(self, request: Bytes) -> Reply {
        let (action, reference) = match Request::parse(&request) {
            Ok(Request { action, reference }) => (action, reference),
            Err((reference, problem)) => return self.refuse(reference, &problem),
        };
        let change = match action {
            Action::Publish(body) => {
                return match self.publish(body).await {
                    Ok(ack) => acknowledge(reference, ack),
                    Err(problem) => self.refuse(reference, &problem),
                };
            }
            Action::Subscribe(body) => self.subscribe(body).await,
            Action::Unsubscribe(body) => unsubscribe(body),
        };
        match change {
            Ok((channel, change)) => self.change(reference, channel, change),
            Err(problem) => self.refuse(reference, &problem),
        }
    }

    async fn publish(&self, body: &RawValue) -> Result<PublishAck, Problem> {
        let body = PublishBody::parse(body.get())?;
        let publication = Publication {
            channel: body.channel()?.unwrap_or_else(|| self.channel.clone()),
            attributes: body.attributes()?,
            key: body.key()?,
            body: body.message().to_owned(),
        };
        let limit = self.service.config.messages.max_body as usize;
        if MESSAGE + publication.body.len() > limit {
            let detail = format!("what is published has at most {limit} bytes");
            return Err(Problem::new(413, "body-too-large", detail));
        }
        publish(&self.service, &self.principal, publication).await
    }

    async fn subscribe(&self, body: &RawValue) -> Result<(ChannelName, Change), Problem> {
        let Subscribe { channel, after } = Subscribe::parse(body)?;
        let opened =
            Subscription::open(&self.service, &self.principal, channel.clone(), after).await?;
        let set = ChannelSet::new(&self.service.hub, [(opened.channel, after)]);
        Ok((channel, Change::Subscribe(set)))
    }

    /// Returns a reply that the shard completes, once it has changed the channels.
    fn change(self, reference: Option<&RawValue>, channel: ChannelName, change: Change) -> Reply {
        let reference = reference.map(ToOwned::to_owned);
        Reply::Change(Box::new(ChannelChange {
            change,
            share: self.principal.share(&self.service),
            acknowledge: Box::new(move |result| {
                let reference = reference.as_deref();
                match result {
                    Ok(fields) => changed(reference, &channel, &fields),
                    Err(error) => self.refusal(reference, &refused(error)),
                }
            }),
        }))
    }

    fn refuse(&self, reference: Option<&RawValue>, problem: &Problem) -> Reply {
        Reply::Bytes(self.refusal(reference, problem))
    }

    fn refusal(&self, reference: Option<&RawValue>, problem: &Problem) -> Bytes {
        let metrics = self.service.hub.metrics();
        metrics.count_rejection(problem.name());
        frame(reference, Outcome::Error(problem.json()))
    }
}

fn unsubscribe(body: &RawValue) -> Result<(ChannelName, Change), Problem> {
    let Unsubscribe { channel } = Unsubscribe::parse(body)?;
    Ok((channel.clone(), Change::Unsubscribe(channel)))
}

fn acknowledge(reference: Option<&RawValue>, PublishAck { id, time }: PublishAck) -> Reply {
    Reply::Bytes(frame(reference, Outcome::Ok { id, time }))
}

fn frame(reference: Option<&RawValue>, outcome: Outcome) -> Bytes {
    let reply = ReplyFrame { reference, outcome };
    text(&serde_json::to_string(&reply).expect("a map with strings as keys can be JSON"))
}

/// Encodes the reply to a change of channels. `fields` are those of a `hello`.
fn changed(reference: Option<&RawValue>, channel: &ChannelName, fields: &str) -> Bytes {
    let reference = reference.map_or("null", RawValue::get);
    text(&format!(
        r#"{{"ref":{reference},"ok":{{"channel":"{channel}",{fields}}}}}"#
    ))
}

fn refused(error: ChangeError) -> Problem {
    match error {
        ChangeError::AlreadySubscribed(_) => Problem::new(409, "already-subscribed", error),
        ChangeError::NotSubscribed(_) => Problem::new(409, "not-subscribed", error),
        ChangeError::NoRoom(invalid) => Problem::channels(invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_changed_subscription_are_pinned() {
        let reference: &RawValue = serde_json::from_str("[2]").expect("JSON");
        let fields = r#""cursor":"main@7-1,b@8-0","reset":true"#;
        let json = br#"{"ref":[2],"ok":{"channel":"main","cursor":"main@7-1,b@8-0","reset":true}}"#;
        assert_eq!(
            changed(Some(reference), &ChannelName::main(), fields),
            [&b"\x81\x4a"[..], json].concat()
        );
        let json = br#"{"ref":null,"ok":{"channel":"main","cursor":""}}"#;
        assert_eq!(
            changed(None, &ChannelName::main(), r#""cursor":"""#),
            [&b"\x81\x30"[..], json].concat()
        );
    }
}
