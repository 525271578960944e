//! Chooses faults of subscribers and restarts of services.

use super::{
    record::SubscriberRecord,
    sockets::CuttableSockets,
    state::{AuditState, Phase},
    subscriber::Fault,
};
use serde::Serialize;
use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    time::Duration,
};
use support::{random::Random, transports::LANES};
use tokio::{
    sync::mpsc::Sender,
    time::{interval, sleep},
};

/// The longest time for which a subscriber does not read: enough to fill its socket.
const FREEZE: Duration = Duration::from_secs(4);
/// The longest time for which a subscriber stays disconnected.
const AWAY: Duration = Duration::from_secs(2);
/// The longest time for which a service is down.
const DOWN: Duration = Duration::from_millis(500);

/// A subscriber as the target of faults.
pub(super) struct Target {
    pub(super) sockets: CuttableSockets,
    pub(super) record: Rc<RefCell<SubscriberRecord>>,
    pub(super) faults: Sender<Fault>,
    /// The transports it may use.
    pub(super) transports: Vec<usize>,
}

/// Number of restarts by kind.
#[derive(Default, Serialize)]
pub(super) struct Restarts {
    pub(super) drained: Cell<u64>,
    pub(super) killed: Cell<u64>,
}

/// At each tick, cuts the connection of one subscriber and injects another fault into a second one.
pub(super) async fn faults(every: Duration, mut random: Random, targets: Vec<Target>) {
    if every.is_zero() {
        return std::future::pending().await;
    }
    let mut turns = interval(every);
    loop {
        turns.tick().await;
        targets[random.below(targets.len())].cut();
        let other = &targets[random.below(targets.len())];
        // While a fault lasts its queue is full, and the subscriber gets no other one.
        let _ = other
            .faults
            .try_send(choose(&mut random, &other.transports));
    }
}

impl Target {
    fn cut(&self) {
        if self.sockets.cut() {
            let mut record = self.record.borrow_mut();
            record.current().cuts += 1;
            record.catch_up.interrupted();
        }
    }
}

fn choose(random: &mut Random, transports: &[usize]) -> Fault {
    match random.below(3) {
        0 => Fault::Freeze(random.up_to(FREEZE)),
        1 if transports.len() > 1 => Fault::Move(transports[random.below(transports.len())]),
        _ => Fault::Leave(random.up_to(AWAY)),
    }
}

/// Drains or kills one service after another, and restarts each of them.
pub(super) async fn restarts(
    every: Duration,
    mut random: Random,
    state: Rc<AuditState>,
    count: &Restarts,
) -> io::Result<()> {
    while !every.is_zero() && state.deployment.is_own() {
        sleep(every).await;
        let transport = random.below(LANES.len());
        let gracefully = random.one_in(2);
        if !state.is(Phase::Running) {
            break;
        }
        state.deployment.end(transport, gracefully).await;
        sleep(random.up_to(DOWN)).await;
        let before = state.ledger(transport).latest();
        state.deployment.restart(transport)?;
        if state.deployment.forgets() {
            state.ledger(transport).restarted(transport, before);
        }
        let counter = if gracefully {
            &count.drained
        } else {
            &count.killed
        };
        counter.set(counter.get() + 1);
    }
    std::future::pending().await
}
