//! Publishes one message after another, and retries each until it is acknowledged.
//!
//! Every retry uses the same idempotency key, possibly on another service, so the channel must have
//! the message once.

use super::{
    body::{self, Stamp},
    post::{self, WsPublisher},
    sockets::CuttableSockets,
    state::{AuditState, Phase},
    violation::Violation,
};
use awc::Client;
use client::http::Trouble;
use common::message::MessageId;
use std::{rc::Rc, time::Duration};
use support::random::Random;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// The connection is cut during one in this many attempts.
const CUT_ONE_IN: usize = 20;
/// The longest time before the cut: about as long as a response takes.
const CUT_WITHIN: Duration = Duration::from_millis(2);
/// The longest pause before a retry.
const PAUSE: Duration = Duration::from_millis(200);
/// The index of the WebSocket service.
const WS: usize = 2;

/// A publisher of numbered messages.
pub(super) struct Publisher {
    state: Rc<AuditState>,
    number: usize,
    sockets: CuttableSockets,
    client: Client,
    random: Random,
    ws: Option<WsPublisher>,
    /// The services it uses, which share a broker.
    services: Vec<usize>,
}

impl Publisher {
    pub(super) fn new(
        state: Rc<AuditState>,
        number: usize,
        sockets: CuttableSockets,
        random: Random,
    ) -> Self {
        let client = sockets.client();
        let transports = state.deployment.transports();
        let services = state.interchangeable(transports[number % transports.len()]);
        Self {
            state,
            number,
            sockets,
            client,
            random,
            ws: None,
            services,
        }
    }

    /// Publishes until the audit leaves its running phase.
    ///
    /// # Errors
    /// Returns a violation if a service refuses a message.
    pub(super) async fn run(mut self, every: Duration) -> Result<(), Violation> {
        let mut turns = interval(every);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 1.. {
            turns.tick().await;
            if !self.state.is(Phase::Running) {
                break;
            }
            self.publish(Stamp {
                publisher: self.number,
                number,
            })
            .await?;
        }
        Ok(())
    }

    async fn publish(&mut self, stamp: Stamp) -> Result<(), Violation> {
        let body = body::write(stamp, self.state.size);
        let key = format!("{}-{}-{}", self.state.name, stamp.publisher, stamp.number);
        self.state.ledger(self.services[0]).attempt();
        loop {
            match self.attempt(&body, &key).await {
                Ok(id) => {
                    self.state.ledger(self.services[0]).acknowledge(id, stamp);
                    return Ok(());
                }
                Err(Trouble::Refused(why)) => {
                    return Err(Violation::Refused {
                        why: format!("{stamp}: {why}"),
                    });
                }
                Err(Trouble::Lost { .. }) => sleep(self.random.up_to(PAUSE)).await,
            }
        }
    }

    async fn attempt(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        let cut = self
            .random
            .one_in(CUT_ONE_IN)
            .then(|| self.random.up_to(CUT_WITHIN));
        let sockets = self.sockets.clone();
        let sent = self.send(body, key);
        tokio::pin!(sent);
        if let Some(moment) = cut {
            tokio::select! {
                answered = &mut sent => return answered,
                () = sleep(moment) => sockets.cut(),
            };
        }
        sent.await
    }

    async fn send(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        let service = self.services[self.random.below(self.services.len())];
        let base = self.state.deployment.base(service);
        let channel = self.state.deployment.channel.clone();
        if service != WS || self.random.one_in(2) {
            return post::http(&self.client, &base, &channel, body, key).await;
        }
        let mut ws = match self.ws.take() {
            Some(ws) => ws,
            None => WsPublisher::open(&self.client, base, &channel).await?,
        };
        let id = ws.publish(body, key).await?;
        self.ws = Some(ws);
        Ok(id)
    }
}
