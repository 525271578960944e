//! What everybody in an audit shares: the services, the ledgers, and how far things are.

use super::{
    args::Audit,
    body::{self, Stamp},
    deployment::{Deployment, brokers},
    ledger::Ledger,
    line::Line,
    post,
};
use common::message::MessageId;
use std::cell::{RefCell, RefMut};
use tokio::sync::watch;

/// How far an audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Messages are published and faults made.
    Running,
    /// No faults any more; publishers finish the message they are at.
    LastWords,
    /// Everything is published: readers leave once they have it.
    Settling,
}

pub(super) struct World {
    pub(super) deployment: Deployment,
    /// For each transport, the ledger of its broker.
    pub(super) brokers: [usize; 3],
    ledgers: [RefCell<Ledger>; 3],
    pub(super) phase: watch::Sender<Phase>,
    pub(super) size: usize,
    /// Tells the keys of this audit from those of all others.
    pub(super) name: String,
}

impl World {
    /// Publishes one message on each service, behind which everything begins. Fails if one of them cannot be used.
    pub(super) async fn begin(
        deployment: Deployment,
        audit: &Audit,
        name: String,
    ) -> Result<Self, String> {
        let client = Line::default().client();
        let mut ids = [MessageId {
            epoch: 0,
            offset: 0,
        }; 3];
        for (transport, id) in ids.iter_mut().enumerate() {
            let stamp = Stamp {
                publisher: audit.publishers.get(),
                number: transport as u64,
            };
            let (base, body) = (deployment.base(transport), body::write(stamp, audit.size));
            let posted = post::http(
                &client,
                &base,
                &deployment.channel,
                &body,
                &format!("{name}-{transport}"),
            )
            .await;
            *id = posted.map_err(|trouble| format!("{base}: {trouble}"))?;
        }
        let brokers = brokers(ids);
        let history = deployment.history(audit);
        let ledgers = [0, 1, 2].map(|broker| {
            let last = (0..3)
                .filter(|transport| brokers[*transport] == broker)
                .map(|transport| ids[transport])
                .max();
            Ledger::new(last.unwrap_or(ids[broker]), history).into()
        });
        let phase = watch::Sender::new(Phase::Running);
        Ok(Self {
            deployment,
            brokers,
            ledgers,
            phase,
            size: audit.size,
            name,
        })
    }

    /// The ledger of a transport's broker.
    pub(super) fn ledger(&self, transport: usize) -> RefMut<'_, Ledger> {
        self.ledgers[self.brokers[transport]].borrow_mut()
    }

    /// Each ledger once.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = RefMut<'_, Ledger>> {
        let used = (0..3).filter(|transport| self.brokers[*transport] == *transport);
        used.map(|transport| self.ledger(transport))
    }

    /// The transports over which a cursor of this one is good.
    pub(super) fn siblings(&self, transport: usize) -> Vec<usize> {
        (0..3)
            .filter(|other| self.brokers[*other] == self.brokers[transport])
            .collect()
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.phase.borrow() == phase
    }
}
