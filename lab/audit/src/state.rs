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
use common::message::MessageId;
use std::cell::{RefCell, RefMut};
use tokio::sync::watch;

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
        let client = CuttableSockets::default().client();
        let mut ids = [MessageId {
            epoch: 0,
            offset: 0,
        }; 3];
        for (transport, id) in ids.iter_mut().enumerate() {
            let stamp = Stamp {
                publisher: audit.publishers.get(),
                number: transport as u64,
            };
            let base = deployment.base(transport);
            let body = body::write(stamp, audit.size);
            let posted = post::http(
                &client,
                &base,
                &deployment.channel,
                &body,
                &format!("{name}-{transport}"),
            )
            .await;
            *id = posted.map_err(|error| anyhow!("{base}: {error}"))?;
        }
        let ledger_of = ledger_of(ids);
        let history = deployment.history(audit);
        let ledgers = [0, 1, 2].map(|broker| {
            let last = (0..3)
                .filter(|transport| ledger_of[*transport] == broker)
                .map(|transport| ids[transport])
                .max();
            Ledger::new(last.unwrap_or(ids[broker]), history).into()
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
        let used = (0..3).filter(|transport| self.ledger_of[*transport] == *transport);
        used.map(|transport| self.ledger(transport))
    }

    /// Returns the transports that accept a cursor of this transport: those with the same broker.
    pub(super) fn interchangeable(&self, transport: usize) -> Vec<usize> {
        (0..3)
            .filter(|other| self.ledger_of[*other] == self.ledger_of[transport])
            .collect()
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.phase.borrow() == phase
    }
}
