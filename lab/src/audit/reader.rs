//! One reader: it follows the channel, suffers what it is told to suffer, and comes back where it was.

use super::{
    body,
    flaw::Flaw,
    line::Line,
    tally::{CatchUp, Record, Tally},
    witness::Moved,
    world::{Phase, World},
};
use crate::{
    chance::Chance,
    client::{Client, Event, Refused, Reset, Target},
    lanes::LANES,
};
use bytes::Bytes;
use common::message::MessageId;
use std::{
    cell::{RefCell, RefMut},
    mem,
    ops::ControlFlow,
    rc::Rc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// Before an impatient reader tries again.
const PAUSE: Duration = Duration::from_millis(200);

/// What a reader does of itself. Its connections are cut from outside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// It takes nothing for this long, and leaves its connection open.
    Freeze(Duration),
    /// It goes, and comes back after this time.
    Leave(Duration),
    /// It goes on over another transport.
    Move(usize),
}

pub(super) struct Reader {
    world: Rc<World>,
    record: Rc<RefCell<Record>>,
    line: Line,
    chance: Chance,
    faults: mpsc::Receiver<Fault>,
}

/// How long a reader is away before its next connection; none ends it.
type Away = ControlFlow<(), Duration>;

impl Reader {
    pub(super) fn new(
        world: Rc<World>,
        record: Rc<RefCell<Record>>,
        line: Line,
        chance: Chance,
        faults: mpsc::Receiver<Fault>,
    ) -> Self {
        Self {
            world,
            record,
            line,
            chance,
            faults,
        }
    }

    /// Reads until everything that was published has come.
    pub(super) async fn run(mut self) {
        while let ControlFlow::Continue(pause) = self.connect().await {
            sleep(pause).await;
        }
    }

    async fn connect(&mut self) -> Away {
        let (transport, after) = self.place();
        let (base, channel) = (
            self.world.deployment.base(transport),
            self.world.deployment.channel.clone(),
        );
        let target = Target {
            base,
            channel,
            after: after.map(|cursor| cursor.to_string()),
        };
        let mut client = Client::new(self.line.client(), LANES[transport].transport, target);
        let mut phase = self.world.phase.subscribe();
        loop {
            let next = client.next();
            // A fault must not undo a request that is under way: it would be gone before anything could happen to it.
            tokio::pin!(next);
            let event = loop {
                if *phase.borrow_and_update() == Phase::Settling && self.has_everything() {
                    return Away::Break(());
                }
                tokio::select! {
                    event = &mut next => break event,
                    Some(fault) = self.faults.recv() => if let Some(away) = self.suffer(fault).await {
                        return Away::Continue(away);
                    },
                    _ = phase.changed() => {}
                }
            };
            if let Some(away) = self.take(event) {
                return Away::Continue(away);
            }
        }
    }

    /// Does to it what is to be done; says how long it is away, if it has to connect again.
    async fn suffer(&mut self, fault: Fault) -> Option<Duration> {
        match fault {
            Fault::Freeze(time) => {
                sleep(time).await;
                self.suffered(|tally| &mut tally.freezes)
                    .willing_from(Instant::now());
                self.back();
                None
            }
            Fault::Leave(time) => {
                self.suffered(|tally| &mut tally.leaves)
                    .willing_from(Instant::now() + time);
                Some(time)
            }
            Fault::Move(to) => {
                self.record.borrow_mut().transport = to;
                self.suffered(|tally| &mut tally.moves).interrupted();
                Some(Duration::ZERO)
            }
        }
    }

    fn suffered(&self, count: impl FnOnce(&mut Tally) -> &mut u64) -> RefMut<'_, CatchUp> {
        let mut record = self.record.borrow_mut();
        *count(record.tally()) += 1;
        RefMut::map(record, |record| &mut record.catch_up)
    }

    fn back(&self) {
        let head = self.world.ledger(self.place().0).head();
        self.record.borrow_mut().back(head);
    }

    /// Judges what has come; says how long it is away, if it has to connect again.
    fn take(&mut self, event: Result<Event, Refused>) -> Option<Duration> {
        match event {
            Ok(Event::Message { id, json }) => self.message(&id, &json),
            Ok(Event::Reset(reset)) => self.reset(&reset),
            Ok(Event::Opened { cursor }) => {
                self.opened(cursor.as_deref());
                self.back();
            }
            // Half of them keep to the rules for coming back, the others are at the door at once.
            Ok(Event::Retrying { wait, .. }) => {
                return Some(if self.chance.one_in(2) {
                    wait
                } else {
                    self.chance.up_to(PAUSE)
                });
            }
            Err(refused) => {
                self.flaw(Flaw::Refused {
                    why: refused.to_string(),
                });
                return Some(self.chance.up_to(PAUSE));
            }
        }
        None
    }

    fn message(&self, id: &str, json: &Bytes) {
        let judged = match body::read(json, self.world.size) {
            Ok((inner, stamp)) if inner.to_string() == id => {
                self.record.borrow_mut().message(inner, stamp, &self.world)
            }
            Ok((inner, _)) => Err(Flaw::WrongBody {
                id: id.to_owned(),
                why: format!("inside, the id is {inner}"),
            }),
            Err(why) => Err(Flaw::WrongBody {
                id: id.to_owned(),
                why,
            }),
        };
        let _ = judged.map_err(|flaw| self.flaw(flaw));
    }

    /// The first of its connections has no cursor but the one that it is told now.
    fn opened(&self, cursor: Option<&str>) {
        let mut record = self.record.borrow_mut();
        if mem::replace(&mut record.has_begun, true) {
            return;
        }
        let judged = match cursor.unwrap_or_default().parse() {
            Ok(cursor) => record.witness.begins(cursor),
            Err(_) => Err(Flaw::Refused {
                why: format!("a stream that begins at {cursor:?}"),
            }),
        };
        let _ = judged.map_err(|flaw| record.flaw(flaw));
    }

    fn reset(&self, reset: &Reset) {
        let judged = match (
            reset.after.parse(),
            reset.oldest.parse(),
            reset.cursor.parse(),
        ) {
            (Ok(after), Ok(oldest), Ok(to)) => self
                .record
                .borrow_mut()
                .reset(Moved { after, oldest, to }, &self.world),
            _ => Err(Flaw::Refused {
                why: format!("no ids in {reset:?}"),
            }),
        };
        let _ = judged.map_err(|flaw| self.flaw(flaw));
    }

    fn has_everything(&self) -> bool {
        let head = self.world.ledger(self.place().0).head();
        self.record.borrow().witness.has(head)
    }

    /// Its transport, and the cursor that it has of it: an id that it was given, as an EventSource has no other.
    fn place(&self) -> (usize, Option<MessageId>) {
        let record = self.record.borrow();
        (
            record.transport,
            record.has_begun.then(|| record.witness.cursor()),
        )
    }

    fn flaw(&self, flaw: Flaw) {
        self.record.borrow_mut().flaw(flaw);
    }
}
