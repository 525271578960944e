//! One subscriber: reads the channel, applies its faults, and resumes with its cursor.

use super::{
    body,
    checker::ResetIds,
    record::{CatchUp, Counts, SubscriberRecord},
    sockets::CuttableSockets,
    state::{AuditState, Phase},
    violation::Violation,
};
use bytes::Bytes;
use client::{Client, Event, Reset, Target};
use common::message::MessageId;
use std::{
    cell::{RefCell, RefMut},
    mem,
    ops::ControlFlow,
    rc::Rc,
    time::Duration,
};
use support::{random::Random, transports::LANES};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// The longest pause of a client that ignores the recommended backoff.
const PAUSE: Duration = Duration::from_millis(200);

/// A fault that the subscriber applies itself. Its connections are cut from outside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Does not read for this long, with its connection open.
    Freeze(Duration),
    /// Disconnects, and reconnects after this time.
    Leave(Duration),
    /// Resumes over another transport.
    Move(usize),
}

/// One subscriber of the audit.
pub(super) struct Subscriber {
    pub(super) state: Rc<AuditState>,
    pub(super) record: Rc<RefCell<SubscriberRecord>>,
    pub(super) sockets: CuttableSockets,
    pub(super) random: Random,
    pub(super) faults: mpsc::Receiver<Fault>,
}

/// The pause before the next connection, or the end of the subscriber.
type Reconnect = ControlFlow<(), Duration>;

impl Subscriber {
    /// Reads until every published message has arrived.
    pub(super) async fn run(mut self) {
        while let ControlFlow::Continue(pause) = self.connect().await {
            sleep(pause).await;
        }
    }

    async fn connect(&mut self) -> Reconnect {
        let (transport, after) = self.transport_and_cursor();
        let base = self.state.deployment.base(transport);
        let channel = self.state.deployment.channel.clone();
        let target = Target {
            base,
            channels: channel.into(),
            after: after.map(|cursor| cursor.to_string()),
        };
        let mut client = Client::new(self.sockets.client(), LANES[transport].transport, target);
        let mut phase = self.state.phase.subscribe();
        loop {
            let next = client.next();
            // Pinned outside the inner loop: a fault must not cancel a request in progress.
            tokio::pin!(next);
            let event = loop {
                if *phase.borrow_and_update() == Phase::Settling && self.is_complete() {
                    return Reconnect::Break(());
                }
                tokio::select! {
                    event = &mut next => break event,
                    Some(fault) = self.faults.recv() => if let Some(away) = self.apply(fault).await {
                        return Reconnect::Continue(away);
                    },
                    _ = phase.changed() => {}
                }
            };
            if let Some(away) = self.handle(event) {
                return Reconnect::Continue(away);
            }
        }
    }

    /// Applies a fault. Returns the pause before it reconnects, or `None` to keep the connection.
    async fn apply(&mut self, fault: Fault) -> Option<Duration> {
        match fault {
            Fault::Freeze(time) => {
                sleep(time).await;
                self.record_fault(|counts| &mut counts.freezes)
                    .paused_until(Instant::now());
                self.reading_again();
                None
            }
            Fault::Leave(time) => {
                self.record_fault(|counts| &mut counts.leaves)
                    .paused_until(Instant::now() + time);
                Some(time)
            }
            Fault::Move(to) => {
                self.record.borrow_mut().transport = to;
                self.record_fault(|counts| &mut counts.moves).interrupted();
                Some(Duration::ZERO)
            }
        }
    }

    fn record_fault(&self, count: impl FnOnce(&mut Counts) -> &mut u64) -> RefMut<'_, CatchUp> {
        let mut record = self.record.borrow_mut();
        *count(record.current()) += 1;
        RefMut::map(record, |record| &mut record.catch_up)
    }

    fn reading_again(&self) {
        let latest = self.state.ledger(self.transport_and_cursor().0).latest();
        self.record.borrow_mut().reading_again(latest);
    }

    /// Checks an event. Returns the pause before it reconnects, or `None` to keep the connection.
    fn handle(&mut self, event: anyhow::Result<Event>) -> Option<Duration> {
        match event {
            Ok(Event::Message { id, json }) => self.message(&id, &json),
            Ok(Event::Reset(reset)) => self.reset(&reset),
            Ok(Event::Opened { cursor }) => {
                self.opened(cursor.as_deref());
                self.reading_again();
            }
            // Half of the reconnects follow the recommended backoff; the others come sooner.
            Ok(Event::Retrying { wait, .. }) => {
                return Some(if self.random.one_in(2) {
                    wait
                } else {
                    self.random.up_to(PAUSE)
                });
            }
            Ok(Event::Ended) => return self.refused("the channel has ended".to_owned()),
            Err(why) => return self.refused(why.to_string()),
        }
        None
    }

    fn refused(&mut self, why: String) -> Option<Duration> {
        self.note(Err(Violation::Refused { why }));
        Some(self.random.up_to(PAUSE))
    }

    fn message(&self, id: &str, json: &Bytes) {
        let checked = match body::read(json, self.state.size) {
            Ok((inner, stamp)) if inner.to_string() == id => {
                self.record.borrow_mut().message(inner, stamp, &self.state)
            }
            Ok((inner, _)) => Err(Violation::WrongBody {
                id: id.to_owned(),
                why: format!("its body names the id {inner}"),
            }),
            Err(damage) => Err(Violation::WrongBody {
                id: id.to_owned(),
                why: damage.to_string(),
            }),
        };
        self.note(checked);
    }

    /// Checks the cursor that the first connection was given. Later connections resume with theirs.
    fn opened(&self, cursor: Option<&str>) {
        let mut record = self.record.borrow_mut();
        if mem::replace(&mut record.has_opened, true) {
            return;
        }
        let checked = match cursor.unwrap_or_default().parse() {
            Ok(cursor) => record.checker.opened(cursor),
            Err(_) => Err(Violation::Refused {
                why: format!("expected the cursor of a new stream, got {cursor:?}"),
            }),
        };
        record.note(checked);
    }

    fn reset(&self, reset: &Reset) {
        let checked = match (
            reset.after.parse(),
            reset.oldest.parse(),
            reset.cursor.parse(),
        ) {
            (Ok(after), Ok(oldest), Ok(to)) => self
                .record
                .borrow_mut()
                .reset(ResetIds { after, oldest, to }, &self.state),
            _ => Err(Violation::Refused {
                why: format!("expected message ids in a reset, got {reset:?}"),
            }),
        };
        self.note(checked);
    }

    fn is_complete(&self) -> bool {
        let latest = self.state.ledger(self.transport_and_cursor().0).latest();
        self.record.borrow().checker.has(latest)
    }

    /// Returns its transport and its cursor. Before its first connection is open it has no cursor.
    fn transport_and_cursor(&self) -> (usize, Option<MessageId>) {
        let record = self.record.borrow();
        (
            record.transport,
            record.has_opened.then(|| record.checker.cursor()),
        )
    }

    fn note(&self, checked: Result<(), Violation>) {
        self.record.borrow_mut().note(checked);
    }
}
