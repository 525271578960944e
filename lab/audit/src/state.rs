//! The state that all parts of an audit share: the services, the ledgers and the current phase.

use super::{
    args::Audit,
    body::{self, Stamp},
    deployment::{Deployment, ledger_of},
    ledger::Ledger,
    post,
    sockets::CuttableSockets,
};
use anyhow::{Result, anyhow};
use client::{Base, http::Trouble};
use common::message::MessageId;
use std::{
    cell::{RefCell, RefMut},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// How long the services of the audit may take to reach their broker.
const BROKER_TIMEOUT: Duration = Duration::from_secs(10);
/// The shortest time between two attempts to publish the first message.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// The phases of an audit, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Publishers publish and faults occur.
    Running,
    /// Faults have ended; each publisher completes its current message.
    Finishing,
    /// Publishing has ended; each subscriber ends when it has every message.
    Settling,
}

/// The shared state of one audit.
pub(super) struct AuditState {
    pub(super) deployment: Deployment,
    /// The index of each transport's ledger. Transports with a common broker share one.
    pub(super) ledger_of: [usize; 3],
    ledgers: [RefCell<Ledger>; 3],
    pub(super) phase: watch::Sender<Phase>,
    /// The size of each body, in bytes.
    pub(super) size: usize,
    /// The prefix of this audit's idempotency keys.
    pub(super) name: String,
}

impl AuditState {
    /// Publishes one message on each service and starts the ledgers after these messages.
    ///
    /// # Errors
    /// Returns an error if a service does not accept the message.
    pub(super) async fn start(deployment: Deployment, audit: &Audit, name: String) -> Result<Self> {
        let mut ids = [None; 3];
        for transport in deployment.transports() {
            let stamp = Stamp {
                publisher: audit.publishers.get(),
                number: transport as u64,
            };
            let base = deployment.base(transport);
            let body = body::write(stamp, audit.size);
            let key = format!("{name}-{transport}");
            let posted = publish_first(&deployment, &base, &body, &key).await;
            ids[transport] = Some(posted.map_err(|error| anyhow!("{base}: {error}"))?);
        }
        let ledger_of = ledger_of(ids);
        let history = deployment.history(audit);
        let may_lose = deployment.may_lose(audit);
        let ledgers = [0, 1, 2].map(|broker| {
            let of_broker = (0..3).filter(|transport| ledger_of[*transport] == broker);
            let last = of_broker.filter_map(|transport| ids[transport]).max();
            let nothing = MessageId {
                epoch: 0,
                offset: 0,
            };
            Ledger::new(last.unwrap_or(nothing), history, may_lose).into()
        });
        let phase = watch::Sender::new(Phase::Running);
        Ok(Self {
            deployment,
            ledger_of,
            ledgers,
            phase,
            size: audit.size,
            name,
        })
    }

    /// Returns the ledger of a transport's broker.
    pub(super) fn ledger(&self, transport: usize) -> RefMut<'_, Ledger> {
        self.ledgers[self.ledger_of[transport]].borrow_mut()
    }

    /// Returns each ledger once.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = RefMut<'_, Ledger>> {
        let transports = self.deployment.transports().into_iter();
        let used = transports.filter(|transport| self.ledger_of[*transport] == *transport);
        used.map(|transport| self.ledger(transport))
    }

    /// Returns the transports that accept a cursor of this transport: those with the same broker.
    pub(super) fn interchangeable(&self, transport: usize) -> Vec<usize> {
        let mut others = self.deployment.transports();
        others.retain(|other| self.ledger_of[*other] == self.ledger_of[transport]);
        others
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.phase.borrow() == phase
    }
}

/// Publishes a message, repeatedly while the services of the audit have not reached their broker.
async fn publish_first(
    deployment: &Deployment,
    base: &Base,
    body: &str,
    key: &str,
) -> Result<MessageId, Trouble> {
    let client = CuttableSockets::default().client();
    let patience = if deployment.is_own() {
        BROKER_TIMEOUT
    } else {
        Duration::ZERO
    };
    let deadline = Instant::now() + patience;
    loop {
        match post::http(&client, base, &deployment.channel, body, key).await {
            Err(Trouble::Lost { at_least, .. }) if Instant::now() + at_least < deadline => {
                sleep(at_least.max(RETRY_INTERVAL)).await;
            }
            published => return published,
        }
    }
}
