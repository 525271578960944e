//! Sends one message until it is known what became of it.

use crate::client::{
    Base,
    backoff::{Backoff, random_bits},
    http::{self, Trouble, accepted},
};
use actix_web::http::header;
use awc::error::{ConnectError, SendRequestError};
use common::message::ChannelName;
use std::time::{Duration, Instant};

/// Services remember a key for five minutes; until a little before that, sending again is safe.
const REMEMBERED: Duration = Duration::from_secs(4 * 60);

pub(super) struct Sender {
    http: awc::Client,
    url: String,
    /// Tells the keys of this run from those of all others.
    run: String,
    sent: u64,
}

/// What became of a message.
pub(super) enum Outcome {
    Published,
    Refused(String),
    /// It may have been published, and sending it once more might publish it twice.
    Unknown(String),
}

/// An attempt that failed.
struct Failure {
    trouble: Trouble,
    may_have_arrived: bool,
}

impl Sender {
    pub(super) fn new(to: Base, channel: &ChannelName) -> Self {
        let run = format!("{:016x}{:016x}", random_bits(), random_bits());
        Self {
            http: http::client(),
            url: to.at(&format!("/messages?channel={channel}")),
            run,
            sent: 0,
        }
    }

    pub(super) async fn send(&mut self, message: &str) -> Outcome {
        self.sent += 1;
        let key = format!("{}-{}", self.run, self.sent);
        let mut backoff = Backoff::default();
        let mut may_have_arrived_since = None;
        loop {
            let Err(failure) = self.attempt(message, &key).await else {
                return Outcome::Published;
            };
            let (why, at_least) = match failure.trouble {
                Trouble::Refused(why) => return Outcome::Refused(why),
                Trouble::Lost { why, at_least } => (why, at_least),
            };
            if failure.may_have_arrived {
                may_have_arrived_since.get_or_insert_with(Instant::now);
            }
            let wait = backoff.next(at_least);
            if may_have_arrived_since.is_some_and(|since| since.elapsed() + wait > REMEMBERED) {
                return Outcome::Unknown(format!(
                    "{why}; it is not known whether this one was published, so here it ends"
                ));
            }
            eprintln!("retrying in {:.1} s: {why}", wait.as_secs_f64());
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, message: &str, key: &str) -> Result<(), Failure> {
        let request = self
            .http
            .post(&self.url)
            .content_type("application/json")
            .insert_header(("idempotency-key", key));
        let sent = request
            .insert_header((header::ACCEPT, "application/json"))
            .send_body(format!(r#"{{"message":{message}}}"#));
        let response = sent.await.map_err(|error| Failure {
            may_have_arrived: !never_left(&error),
            trouble: error.into(),
        })?;
        let answered = |trouble| Failure {
            trouble,
            may_have_arrived: true,
        };
        let mut response = accepted(response).await.map_err(answered)?;
        // The answer is of no interest, but a connection is used again only after it was read.
        let _ = tokio::time::timeout(http::PATIENCE, response.body()).await;
        Ok(())
    }
}

/// Whether no byte of a request can have reached a service. `Disconnected` is also what awc says when the connection ends
/// instead of an answer.
fn never_left(error: &SendRequestError) -> bool {
    matches!(error, SendRequestError::Connect(why) if !matches!(why, ConnectError::Disconnected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::FlakyProxy;
    use conformance::Server;
    use longpoll_svc::LongPoll;

    #[actix_web::test]
    async fn an_answer_that_got_lost_does_not_double_the_message() {
        let server = Server::start::<LongPoll>(&[]);
        let link = FlakyProxy::to(server.address(), &[0, 0]).await;
        let mut sender = Sender::new(link.base(), &ChannelName::main());
        for message in ["1", "2"] {
            assert!(matches!(sender.send(message).await, Outcome::Published));
        }
        assert!(link.connections() >= 3, "two answers got lost");
        let history = server.get("/messages?channel=main").await.json();
        let messages: Vec<_> = history["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| &message["message"])
            .collect();
        assert_eq!(messages, [1, 2]);
    }

    #[test]
    fn only_a_connection_that_never_was_is_known_to_have_carried_nothing() {
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
        let sender =
            || Sender::new("http://localhost:1".parse().unwrap(), &ChannelName::main()).run;
        assert_ne!(sender(), sender());
    }
}
