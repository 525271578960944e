//! The publishers and subscribers of an audit, and the order in which they start and end.

use super::{
    Audit,
    chaos::{self, Restarts, Target},
    publisher::Publisher,
    record::SubscriberRecord,
    redis_faults::{self, RedisFaults},
    sockets::CuttableSockets,
    state::{AuditState, Phase},
    subscriber::Subscriber,
    violation::Violation,
};
use anyhow::{Context, Result, bail};
use net::Signals;
use std::{cell::RefCell, mem, rc::Rc, time::Duration};
use support::random::Random;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// The time that publishers have for their last message, and then subscribers to catch up.
const SETTLE: Duration = Duration::from_secs(30);
/// How often to check whether all subscribers have connected.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The publishers and subscribers of an audit.
pub(super) struct Actors {
    pub(super) records: Vec<Rc<RefCell<SubscriberRecord>>>,
    targets: Vec<Target>,
    pub(super) subscribers: JoinSet<()>,
    publishers: JoinSet<Result<(), Violation>>,
}

impl Actors {
    pub(super) fn new(audit: &Audit, state: &Rc<AuditState>, random: &mut Random) -> Self {
        let mut actors = Self {
            records: Vec::new(),
            targets: Vec::new(),
            subscribers: JoinSet::new(),
            publishers: JoinSet::new(),
        };
        for transport in state.deployment.transports() {
            for _ in 0..audit.subscribers() {
                actors.add_subscriber(state, transport, random.fork());
            }
        }
        actors
    }

    /// Waits until every subscriber has connected. Publishing starts afterwards, so that each of
    /// them must receive every message.
    async fn wait_until_open(&self) -> Result<()> {
        let opened = async {
            while !self.records.iter().all(|record| record.borrow().has_opened) {
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(SETTLE, opened)
            .await
            .with_context(|| format!("a subscriber has not connected within {SETTLE:?}"))
    }

    fn start_publishers(&mut self, audit: &Audit, state: &Rc<AuditState>, random: &mut Random) {
        let every = Duration::from_secs(1).mul_f64(audit.publishers.get() as f64 / audit.rate());
        for number in 0..audit.publishers.get() {
            let publisher = Publisher::new(
                state.clone(),
                number,
                CuttableSockets::default(),
                random.fork(),
            );
            self.publishers.spawn_local(publisher.run(every));
        }
    }

    fn add_subscriber(&mut self, state: &Rc<AuditState>, transport: usize, random: Random) {
        let start = state.ledger(transport).start();
        let record = Rc::new(RefCell::new(SubscriberRecord::new(transport, start)));
        let (faults, fault_receiver) = mpsc::channel(1);
        let sockets = CuttableSockets::default();
        let subscriber = Subscriber {
            state: state.clone(),
            record: record.clone(),
            sockets: sockets.clone(),
            random,
            faults: fault_receiver,
        };
        self.subscribers.spawn_local(subscriber.run());
        self.records.push(record.clone());
        self.targets.push(Target {
            sockets,
            record,
            faults,
            transports: state.interchangeable(transport),
        });
    }

    /// Runs the audit for its duration or until a signal. Returns the publications that were
    /// refused.
    pub(super) async fn run(
        &mut self,
        audit: &Audit,
        state: &Rc<AuditState>,
        random: &mut Random,
        signals: &mut Signals,
        (restarts, redis_faults): (&Restarts, &RedisFaults),
    ) -> Result<Vec<Violation>> {
        self.wait_until_open().await?;
        self.start_publishers(audit, state, random);
        let faults = chaos::faults(
            audit.fault_every,
            random.fork(),
            mem::take(&mut self.targets),
        );
        let restarts = chaos::restarts(audit.restart_every, random.fork(), state.clone(), restarts);
        let redis_faults =
            redis_faults::redis(audit.harm_every, random.fork(), state.clone(), redis_faults);
        let outages = async { tokio::try_join!(restarts, redis_faults).map(drop) };
        tokio::pin!(outages);
        tokio::select! {
            () = sleep(audit.duration) => {}
            () = signals.recv() => {}
            () = faults => {}
            failed = &mut outages => failed?,
        }
        state.phase.send_replace(Phase::Finishing);
        tokio::select! {
            // A service that is down is still started: publishers and subscribers need it to
            // finish.
            failed = outages => Ok(failed.map(|()| Vec::new())?),
            refused = self.finish(state) => Ok(refused),
            () = signals.recv() => bail!("interrupted twice: there is no verdict"),
        }
    }

    /// Waits for the publishers and then for the subscribers, which must receive the last messages.
    async fn finish(&mut self, state: &AuditState) -> Vec<Violation> {
        let mut refused = Vec::new();
        let all = async {
            while let Some(ended) = self.publishers.join_next().await {
                let panicked = |error| {
                    Err(Violation::Refused {
                        why: format!("the audit itself failed: {error}"),
                    })
                };
                refused.extend(ended.unwrap_or_else(panicked).err());
            }
        };
        if timeout(SETTLE, all).await.is_err() {
            let why = format!("a publisher has no response after {} s", SETTLE.as_secs());
            refused.push(Violation::Refused { why });
        }
        state.phase.send_replace(Phase::Settling);
        // A subscriber that is late is reported as missing messages.
        let _ = timeout(SETTLE, async {
            while self.subscribers.join_next().await.is_some() {}
        })
        .await;
        refused
    }
}
