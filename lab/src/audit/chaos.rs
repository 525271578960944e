//! What goes wrong, when, and for whom.

use super::{
    line::Line,
    reader::Fault,
    tally::Record,
    world::{Phase, World},
};
use crate::{chance::Chance, lanes::LANES};
use serde::Serialize;
use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    time::Duration,
};
use tokio::{
    sync::mpsc::Sender,
    time::{interval, sleep},
};

/// The longest time that a reader takes nothing: enough for its socket to fill.
const FREEZE: Duration = Duration::from_secs(4);
/// The longest time that a reader is away.
const AWAY: Duration = Duration::from_secs(2);
/// The longest time that a service is gone.
const DOWN: Duration = Duration::from_millis(500);

/// One reader, as seen from here.
pub(super) struct Victim {
    pub(super) line: Line,
    pub(super) record: Rc<RefCell<Record>>,
    pub(super) faults: Sender<Fault>,
    /// Over which it may read.
    pub(super) transports: Vec<usize>,
}

/// How often services were restarted.
#[derive(Default, Serialize)]
pub(super) struct Restarts {
    pub(super) drained: Cell<u64>,
    pub(super) killed: Cell<u64>,
}

/// Each time one reader is cut, and something else happens to another.
pub(super) async fn faults(every: Duration, mut chance: Chance, victims: Vec<Victim>) {
    if every.is_zero() {
        return std::future::pending().await;
    }
    let mut turns = interval(every);
    loop {
        turns.tick().await;
        let (cut, other) = (
            &victims[chance.below(victims.len())],
            &victims[chance.below(victims.len())],
        );
        cut.cut();
        // Who still suffers is spared.
        let _ = other
            .faults
            .try_send(choose(&mut chance, &other.transports));
    }
}

impl Victim {
    fn cut(&self) {
        if self.line.cut() {
            let mut record = self.record.borrow_mut();
            record.tally().cuts += 1;
            record.catch_up.interrupted();
        }
    }
}

fn choose(chance: &mut Chance, transports: &[usize]) -> Fault {
    match chance.below(3) {
        0 => Fault::Freeze(chance.up_to(FREEZE)),
        1 if transports.len() > 1 => Fault::Move(transports[chance.below(transports.len())]),
        _ => Fault::Leave(chance.up_to(AWAY)),
    }
}

/// Drains or kills one service after the other, and starts each again.
pub(super) async fn restarts(
    every: Duration,
    mut chance: Chance,
    world: Rc<World>,
    count: &Restarts,
) -> io::Result<()> {
    while !every.is_zero() && world.deployment.is_own() {
        sleep(every).await;
        let (transport, gracefully) = (chance.below(LANES.len()), chance.one_in(2));
        if !world.is(Phase::Running) {
            break;
        }
        world.deployment.end(transport, gracefully).await;
        sleep(chance.up_to(DOWN)).await;
        let before = world.ledger(transport).head();
        world.deployment.restart(transport)?;
        if world.deployment.forgets() {
            world.ledger(transport).began(transport, before);
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
