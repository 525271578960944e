//! Everybody who takes part in an audit, from the first message to the last reader.

use super::{
    Audit,
    chaos::{self, Restarts, Victim},
    flaw::Flaw,
    harm::{self, Harm},
    line::Line,
    publisher::Publisher,
    reader::Reader,
    tally::Record,
    text,
    world::{Phase, World},
};
use crate::{chance::Chance, lanes::LANES};
use common::net::Signals;
use std::{cell::RefCell, mem, rc::Rc, time::Duration};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long publishers may take for their last message, and then readers for what they lack.
const SETTLE: Duration = Duration::from_secs(30);
/// Between two looks whether all readers are open.
const A_MOMENT: Duration = Duration::from_millis(10);

/// Everybody who takes part.
pub(super) struct Cast {
    pub(super) records: Vec<Rc<RefCell<Record>>>,
    victims: Vec<Victim>,
    pub(super) readers: JoinSet<()>,
    publishers: JoinSet<Result<(), Flaw>>,
}

impl Cast {
    pub(super) fn of(audit: &Audit, world: &Rc<World>, chance: &mut Chance) -> Self {
        let (readers, publishers) = (JoinSet::new(), JoinSet::new());
        let mut cast = Self {
            records: Vec::new(),
            victims: Vec::new(),
            readers,
            publishers,
        };
        for transport in 0..LANES.len() {
            (0..audit.readers.get()).for_each(|_| cast.add_reader(world, transport, chance.fork()));
        }
        cast
    }

    /// Waits until every reader knows where it begins. Nothing is published before: each is owed all there will be.
    async fn open(&self) -> Result<(), String> {
        let opened = async {
            while !self.records.iter().all(|record| record.borrow().has_begun) {
                sleep(A_MOMENT).await;
            }
        };
        timeout(SETTLE, opened)
            .await
            .map_err(|_| format!("a reader is not open after {} s", SETTLE.as_secs()))
    }

    fn publish(&mut self, audit: &Audit, world: &Rc<World>, chance: &mut Chance) {
        let every =
            Duration::from_secs(1).mul_f64(audit.publishers.get() as f64 / audit.rate.get() as f64);
        for number in 0..audit.publishers.get() {
            let publisher = Publisher::new(world.clone(), number, Line::default(), chance.fork());
            self.publishers.spawn_local(publisher.run(every));
        }
    }

    fn add_reader(&mut self, world: &Rc<World>, transport: usize, chance: Chance) {
        let start = world.ledger(transport).start();
        let record = Rc::new(RefCell::new(Record::new(transport, start)));
        let (faults, suffered) = mpsc::channel(1);
        let line = Line::default();
        self.readers.spawn_local(
            Reader::new(
                world.clone(),
                record.clone(),
                line.clone(),
                chance,
                suffered,
            )
            .run(),
        );
        self.records.push(record.clone());
        self.victims.push(Victim {
            line,
            record,
            faults,
            transports: world.siblings(transport),
        });
    }

    /// Runs its time, or until a signal comes. Gives what publishers were refused.
    pub(super) async fn play(
        &mut self,
        audit: &Audit,
        world: &Rc<World>,
        chance: &mut Chance,
        signals: &mut Signals,
        (restarts, harm): (&Restarts, &Harm),
    ) -> Result<Vec<Flaw>, String> {
        self.open().await?;
        self.publish(audit, world, chance);
        let faults = chaos::faults(audit.cut_every, chance.fork(), mem::take(&mut self.victims));
        let restarts = chaos::restarts(audit.restart_every, chance.fork(), world.clone(), restarts);
        let harm = harm::redis(audit.harm_every, chance.fork(), world.clone(), harm);
        let outages = async { tokio::try_join!(restarts, harm).map(drop) };
        tokio::pin!(outages);
        tokio::select! {
            () = sleep(audit.duration) => {}
            () = signals.recv() => {}
            () = faults => {}
            failed = &mut outages => failed.map_err(text)?,
        }
        world.phase.send_replace(Phase::LastWords);
        tokio::select! {
            // What is just being restarted is started all the same: publishers and readers need it.
            failed = outages => failed.map_err(text).map(|()| Vec::new()),
            refused = self.settle(world) => Ok(refused),
            () = signals.recv() => Err("interrupted twice: nothing is known".to_owned()),
        }
    }

    /// Lets everybody finish: publishers first, for what they say last is owed to the readers.
    async fn settle(&mut self, world: &World) -> Vec<Flaw> {
        let mut refused = Vec::new();
        let all = async {
            while let Some(ended) = self.publishers.join_next().await {
                let panicked = |error| {
                    Err(Flaw::Refused {
                        why: format!("the audit itself failed: {error}"),
                    })
                };
                refused.extend(ended.unwrap_or_else(panicked).err());
            }
        };
        if timeout(SETTLE, all).await.is_err() {
            let why = format!(
                "a publisher still has no answer after {} s",
                SETTLE.as_secs()
            );
            refused.push(Flaw::Refused { why });
        }
        world.phase.send_replace(Phase::Settling);
        // Those who are late are found by what they lack.
        let _ = timeout(SETTLE, async {
            while self.readers.join_next().await.is_some() {}
        })
        .await;
        refused
    }
}
