//! One attempt to publish, over HTTP or as a WebSocket frame. Whoever calls tries again.

use crate::client::{
    Base, Target,
    http::{PATIENCE, Trouble, accepted},
    ws,
};
use awc::Client;
use common::message::{ChannelName, MessageId};
use serde::Deserialize;
use tokio::time::timeout;

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

/// The answer to a frame; everything else that comes has neither of these.
#[derive(Deserialize)]
struct Answer {
    ok: Option<Accepted>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    status: u16,
    detail: String,
}

/// Posts a message and gives its id.
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
    let answer = timeout(PATIENCE, response.body())
        .await
        .map_err(|_| Trouble::lost("half an answer"))??;
    // awc takes the end of a connection for the end of a body.
    let accepted: Accepted = serde_json::from_slice(&answer).map_err(Trouble::lost)?;
    id(&accepted)
}

/// A WebSocket that is there to publish. It is a reader too, of which nothing is expected.
pub(super) struct Frames(ws::Connection);

impl Frames {
    pub(super) async fn open(
        client: &Client,
        base: Base,
        channel: &ChannelName,
    ) -> Result<Self, Trouble> {
        let target = Target {
            base,
            channel: channel.clone(),
            after: None,
        };
        ws::Connection::open(client, &target).await.map(Self)
    }

    /// Publishes a message and gives its id.
    pub(super) async fn publish(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        self.0
            .say(format!(
                r#"{{"publish":{{"message":{body},"key":"{key}"}},"ref":1}}"#
            ))
            .await?;
        timeout(PATIENCE, self.answer())
            .await
            .unwrap_or_else(|_| Err(Trouble::lost("no answer to a frame")))
    }

    async fn answer(&mut self) -> Result<MessageId, Trouble> {
        loop {
            let text = self.0.text().await?;
            match serde_json::from_slice(&text).map_err(Trouble::lost)? {
                Answer {
                    ok: Some(accepted), ..
                } => return id(&accepted),
                Answer {
                    error:
                        Some(Problem {
                            status: 500..,
                            detail,
                        }),
                    ..
                } => return Err(Trouble::lost(detail)),
                Answer {
                    error: Some(Problem { detail, .. }),
                    ..
                } => return Err(Trouble::Refused(detail)),
                Answer { .. } => {}
            }
        }
    }
}

fn id(Accepted { id }: &Accepted) -> Result<MessageId, Trouble> {
    id.parse().map_err(|_| {
        Trouble::Refused(format!(
            "a message was acknowledged with {id:?}, which is no id"
        ))
    })
}
