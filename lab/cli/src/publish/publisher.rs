//! Publishes one message, with retries until its outcome is known.

use crate::retries::RetryLog;
use actix_web::{HttpMessage, http::header};
use awc::error::{ConnectError, SendRequestError};
use client::{
    backoff::{Backoff, random_bits},
    http::{self, Trouble, accepted},
};
use common::message::{ChannelName, EventName};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// How long retries are safe: services remember an idempotency key for five minutes.
const RETRIES_ARE_SAFE: Duration = Duration::from_secs(4 * 60);

/// Publishes messages over HTTP.
pub(super) struct Publisher {
    http: awc::Client,
    url: String,
    event: Option<EventName>,
    retries: RetryLog,
    /// The prefix of the idempotency keys of this run.
    run: String,
    sent: u64,
}

/// The outcome of a message.
pub(super) enum PublishOutcome {
    Published,
    Refused(String),
    /// It may have been published. Another attempt could publish it twice.
    Unknown(String),
}

/// A failed attempt.
struct FailedAttempt {
    trouble: Trouble,
    may_have_arrived: bool,
}

impl Publisher {
    pub(super) fn new(retries: RetryLog, channel: &ChannelName, event: Option<EventName>) -> Self {
        let run = format!("{:016x}{:016x}", random_bits(), random_bits());
        Self {
            http: http::client(),
            url: retries.base().at(&format!("/messages?channel={channel}")),
            event,
            retries,
            run,
            sent: 0,
        }
    }

    /// Publishes a message, with retries while they are safe.
    pub(super) async fn send(&mut self, message: &str) -> PublishOutcome {
        let event = self.event.as_ref();
        let event = event.map_or(String::new(), |event| format!(r#""event":"{event}","#));
        self.send_body(format!(r#"{{{event}"message":{message}}}"#))
            .await
    }

    /// Ends the channel, with retries while they are safe.
    pub(super) async fn end(&mut self) -> PublishOutcome {
        self.send_body(r#"{"end":true}"#.to_owned()).await
    }

    async fn send_body(&mut self, body: String) -> PublishOutcome {
        self.sent += 1;
        let key = format!("{}-{}", self.run, self.sent);
        let mut backoff = Backoff::default();
        let mut may_have_arrived_since = None;
        loop {
            let Err(failure) = self.attempt(&body, &key).await else {
                self.retries.responded();
                return PublishOutcome::Published;
            };
            let (why, at_least) = match failure.trouble {
                Trouble::Refused(why) => return PublishOutcome::Refused(why),
                Trouble::Lost { why, at_least } => (why, at_least),
            };
            if failure.may_have_arrived {
                may_have_arrived_since.get_or_insert_with(Instant::now);
            }
            let wait = backoff.next(at_least);
            if may_have_arrived_since.is_some_and(|since| since.elapsed() + wait > RETRIES_ARE_SAFE)
            {
                return PublishOutcome::Unknown(format!(
                    "{why}; stopping, because this line may have been published"
                ));
            }
            eprintln!("{}", self.retries.report(wait, &why));
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, body: &str, key: &str) -> Result<(), FailedAttempt> {
        let request = self
            .http
            .post(&self.url)
            .content_type("application/json")
            .insert_header(("idempotency-key", key));
        let sent = request
            .insert_header((header::ACCEPT, "application/json"))
            .send_body(body.to_owned());
        let response = sent.await.map_err(|error| FailedAttempt {
            may_have_arrived: !never_left(&error),
            trouble: error.into(),
        })?;
        let after_response = |trouble| FailedAttempt {
            trouble,
            may_have_arrived: true,
        };
        let mut response = accepted(response).await.map_err(after_response)?;
        let is_json = response.content_type() == "application/json";
        // The connection is reused only after the body was read. What is missing of it does not
        // matter: the headers say that the message is published.
        let body = tokio::time::timeout(http::PATIENCE, response.body()).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        if is_json && may_have_id(&body) {
            return Ok(());
        }
        let why = "the response names no id of a message: this is not the address of a service";
        Err(after_response(Trouble::Refused(why.to_owned())))
    }
}

/// Returns whether the JSON of a response, which may be truncated, names the id of a message.
fn may_have_id(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Published {
        #[serde(rename = "id")]
        _id: String,
    }
    match serde_json::from_slice::<Published>(body) {
        Ok(_) => true,
        Err(error) => error.is_eof(),
    }
}

/// Returns whether no byte of a request can have reached a service. awc also reports `Disconnected`
/// for a connection that ends before the response.
fn never_left(error: &SendRequestError) -> bool {
    matches!(error, SendRequestError::Connect(why) if !matches!(why, ConnectError::Disconnected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::Transport;
    use conformance::{FlakyProxy, Server};
    use longpoll_svc::LongPoll;
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    fn publisher(url: &str) -> Publisher {
        let retries = RetryLog::new(url.parse().ok(), Transport::Longpoll);
        Publisher::new(retries, &ChannelName::main(), None)
    }

    #[actix_web::test]
    async fn a_lost_response_does_not_duplicate_the_message() {
        let server = Server::start::<LongPoll>(&[]);
        let link = FlakyProxy::to(server.address(), &[0, 0]).await;
        let mut publisher = publisher(&link.url());
        for message in ["1", "2"] {
            assert!(matches!(
                publisher.send(message).await,
                PublishOutcome::Published
            ));
        }
        assert!(link.connections() >= 3, "two responses are lost");
        let history = server.get("/messages?channel=main").await.json();
        let messages: Vec<_> = history["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| &message["message"])
            .collect();
        assert_eq!(messages, [1, 2]);
    }

    /// Starts a server that responds to everything like this.
    fn stranger(response: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let _ = client.read(&mut [0; 4096]);
            client.write_all(response.as_bytes()).unwrap();
        });
        format!("http://{address}")
    }

    #[actix_web::test]
    async fn a_success_of_a_server_of_another_kind_is_not_a_publication() {
        for (response, is_published) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                false,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"id\":\"1",
                true,
            ),
        ] {
            let outcome = publisher(&stranger(response)).send("1").await;
            let published = matches!(outcome, PublishOutcome::Published);
            assert_eq!(published, is_published, "{response}");
        }
    }

    #[test]
    fn only_a_failed_connect_rules_out_that_bytes_arrived() {
        assert!(never_left(&SendRequestError::Connect(
            ConnectError::Timeout
        )));
        assert!(!never_left(&SendRequestError::Connect(
            ConnectError::Disconnected
        )));
        assert!(!never_left(&SendRequestError::Timeout));
    }

    #[test]
    fn runs_have_different_keys() {
        assert_ne!(
            publisher("http://localhost:1").run,
            publisher("http://localhost:1").run
        );
    }
}
