//! Publishes one message after the other, each until it is acknowledged: over another service after every failure, always
//! under the same key, so that it must stand in the channel once.

use super::{
    body::{self, Stamp},
    flaw::Flaw,
    line::Line,
    post::{self, Frames},
    world::{Phase, World},
};
use crate::{chance::Chance, client::http::Trouble};
use awc::Client;
use common::message::MessageId;
use std::{rc::Rc, time::Duration};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// One message in so many is cut off from its answer on purpose.
const CUT_ONE_IN: usize = 20;
/// When: an answer takes about as long.
const CUT_WITHIN: Duration = Duration::from_millis(2);
/// Before the next attempt.
const PAUSE: Duration = Duration::from_millis(200);
/// The WebSocket service.
const WS: usize = 2;

pub(super) struct Publisher {
    world: Rc<World>,
    number: usize,
    line: Line,
    client: Client,
    chance: Chance,
    frames: Option<Frames>,
    /// Where it may publish: services with one broker.
    services: Vec<usize>,
}

impl Publisher {
    pub(super) fn new(world: Rc<World>, number: usize, line: Line, chance: Chance) -> Self {
        let (client, services) = (line.client(), world.siblings(number % 3));
        Self {
            world,
            number,
            line,
            client,
            chance,
            frames: None,
            services,
        }
    }

    /// Publishes until there is an end; says what was refused, if something was.
    pub(super) async fn run(mut self, every: Duration) -> Result<(), Flaw> {
        let mut turns = interval(every);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 1.. {
            turns.tick().await;
            if !self.world.is(Phase::Running) {
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

    async fn publish(&mut self, stamp: Stamp) -> Result<(), Flaw> {
        let body = body::write(stamp, self.world.size);
        let key = format!("{}-{}-{}", self.world.name, stamp.publisher, stamp.number);
        self.world.ledger(self.services[0]).attempt();
        loop {
            match self.attempt(&body, &key).await {
                Ok(id) => {
                    self.world.ledger(self.services[0]).acknowledge(id, stamp);
                    return Ok(());
                }
                Err(Trouble::Refused(why)) => {
                    return Err(Flaw::Refused {
                        why: format!("{stamp}: {why}"),
                    });
                }
                Err(Trouble::Lost { .. }) => sleep(self.chance.up_to(PAUSE)).await,
            }
        }
    }

    async fn attempt(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        let cut = self
            .chance
            .one_in(CUT_ONE_IN)
            .then(|| self.chance.up_to(CUT_WITHIN));
        let line = self.line.clone();
        let sent = self.send(body, key);
        tokio::pin!(sent);
        if let Some(moment) = cut {
            tokio::select! {
                answered = &mut sent => return answered,
                () = sleep(moment) => line.cut(),
            };
        }
        sent.await
    }

    async fn send(&mut self, body: &str, key: &str) -> Result<MessageId, Trouble> {
        let service = self.services[self.chance.below(self.services.len())];
        let (base, channel) = (
            self.world.deployment.base(service),
            self.world.deployment.channel.clone(),
        );
        if service != WS || self.chance.one_in(2) {
            return post::http(&self.client, &base, &channel, body, key).await;
        }
        let mut frames = match self.frames.take() {
            Some(frames) => frames,
            None => Frames::open(&self.client, base, &channel).await?,
        };
        let id = frames.publish(body, key).await?;
        self.frames = Some(frames);
        Ok(id)
    }
}
