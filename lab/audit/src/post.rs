//! One attempt to publish, over HTTP or as a WebSocket frame. The caller retries.

use awc::Client;
use client::{
    Base, Target,
    http::{PATIENCE, Trouble, accepted},
    ws,
};
use common::message::{ChannelName, MessageId};
use serde::Deserialize;
use tokio::time::timeout;

#[derive(Deserialize)]
struct Acknowledgement {
    id: String,
}

/// The reply to a frame. Every other frame has neither of these fields.
#[derive(Deserialize)]
struct FrameReply {
    ok: Option<Acknowledgement>,
    error: Option<ReplyError>,
}

#[derive(Deserialize)]
struct ReplyError {
    status: u16,
    detail: String,
}

/// Posts a message and returns its id.
pub(super) async fn http(
    client: &Client,
    base: &Base,
    channel: &ChannelName,
    body: &str,
    key: &str,
) -> Result<MessageId, Trouble> {
    let request = client
        .post(base.at(&format!("/messages?channel={channel}")))
        .content_type("application/json");
    let sent = request
        .insert_header(("idempotency-key", key))
        .send_body(format!(r#"{{"message":{body}}}"#));
    let mut response = accepted(sent.await?).await?;
    let body_bytes = timeout(PATIENCE, response.body())
        .await
        .map_err(|_| Trouble::lost("the response is incomplete"))??;
    id(&serde_json::from_slice(&body_bytes).map_err(unreadable)?)
}

/// A WebSocket for publishing. What it receives as a subscriber is ignored.
pub(super) struct WsPublisher(ws::Connection);

impl WsPublisher {
    pub(super) async fn open(
        client: &Client,
        base: Base,
        channel: &ChannelName,
    ) -> Result<Self, Trouble> {
        let target = Target {
            base,
            channels: channel.clone().into(),
            after: None,
        };
        ws::Connection::open(client, &target).await.map(Self)
    }

    /// Publishes a message and returns its id.
    pub(super) async fn publish(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        self.0
            .send_text(format!(
                r#"{{"publish":{{"message":{body},"key":"{key}"}},"ref":1}}"#
            ))
            .await?;
        timeout(PATIENCE, self.reply())
            .await
            .unwrap_or_else(|_| Err(Trouble::lost("no reply to a frame")))
    }

    async fn reply(&mut self) -> Result<MessageId, Trouble> {
        loop {
            let text = self.0.text().await?;
            let FrameReply { ok, error } = serde_json::from_slice(&text).map_err(Trouble::lost)?;
            if let Some(accepted) = ok {
                return id(&accepted);
            }
            if let Some(ReplyError { status, detail }) = error {
                return Err(match status {
                    500.. => Trouble::lost(detail),
                    _ => Trouble::Refused(detail),
                });
            }
        }
    }
}

fn unreadable(error: serde_json::Error) -> Trouble {
    // awc takes the end of the connection for the end of the body, so the JSON may be truncated.
    if error.is_eof() {
        return Trouble::lost("the response ended early");
    }
    Trouble::Refused(format!(
        "this does not respond to a publication as a service does: {error}"
    ))
}

fn id(Acknowledgement { id }: &Acknowledgement) -> Result<MessageId, Trouble> {
    id.parse().map_err(|_| {
        Trouble::Refused(format!(
            "expected a message id as acknowledgement, got {id:?}"
        ))
    })
}
