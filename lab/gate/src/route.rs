//! A route: a port, its upstream, the link between them, and the active faults.

use super::{
    RouteConfig, Upstream,
    capture::{Capture, CapturedSegment},
    counters::ActivityCounters,
    fault::{ActiveFault, Conditions, Direction, Fault},
    gate_connection::GateConnection,
    gate_thread::GateThread,
    link::{Link, LinkSender},
    request_times::RequestTimes,
};
use std::{
    cell::{Cell, RefCell, RefMut},
    collections::BTreeMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{sync::Notify, task::spawn_local, time::sleep};
use wire::head::Head;

pub(super) struct Route {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) upstream: Upstream,
    pub(super) thread: Rc<GateThread>,
    pub(super) tally: RefCell<ActivityCounters>,
    pub(super) capture: Option<RefCell<Capture>>,
    pub(super) times: RefCell<RequestTimes>,
    pub(super) connections: RefCell<BTreeMap<u64, Rc<GateConnection>>>,
    /// Configured links, and those in effect, both indexed by [`Direction`].
    set: Cell<[Link; 2]>,
    senders: [RefCell<LinkSender>; 2],
    faults: RefCell<Vec<ActiveFault>>,
    conditions: Cell<Conditions>,
    /// Notified when the faults have changed.
    pub(super) changed: Notify,
}

impl Route {
    pub(super) fn new(
        thread: Rc<GateThread>,
        entry: &RouteConfig,
        address: SocketAddr,
        link: Link,
    ) -> Self {
        Self {
            name: entry.name,
            address,
            upstream: entry.upstream.clone(),
            thread,
            tally: RefCell::default(),
            capture: entry.captured.then(RefCell::default),
            times: RefCell::default(),
            connections: RefCell::default(),
            set: Cell::new([link; 2]),
            senders: [(); 2].map(|()| LinkSender::new(link, Instant::now()).into()),
            faults: RefCell::default(),
            conditions: Cell::default(),
            changed: Notify::new(),
        }
    }

    pub(super) fn conditions(&self) -> Conditions {
        self.conditions.get()
    }

    pub(super) fn sender(&self, direction: Direction) -> RefMut<'_, LinkSender> {
        self.senders[direction as usize].borrow_mut()
    }

    /// Returns the link that is in effect.
    pub(super) fn link(&self, direction: Direction) -> Link {
        self.sender(direction).link
    }

    /// Returns the configured link. A fault may override it.
    pub(super) fn set(&self, direction: Direction) -> Link {
        self.set.get()[direction as usize]
    }

    pub(super) fn set_link(&self, direction: Direction, link: Link) {
        let mut set = self.set.get();
        set[direction as usize] = link;
        self.set.set(set);
        self.apply_conditions();
    }

    /// Counts and captures bytes that were read.
    pub(super) fn record_bytes(
        &self,
        connection: &GateConnection,
        direction: Direction,
        bytes: &[u8],
        now: Instant,
    ) {
        for tally in [&self.tally, &connection.tally] {
            tally.borrow_mut().count_bytes(direction, bytes.len(), now);
        }
        if let Some(capture) = &self.capture {
            let segment = CapturedSegment::new(connection.id, direction, bytes);
            let mut recorder = connection.recorder.borrow_mut();
            capture.borrow_mut().keep(segment, bytes, &mut recorder);
        }
    }

    pub(super) fn record_request(&self, connection: &GateConnection, head: &Head<'_>) {
        for tally in [&self.tally, &connection.tally] {
            tally.borrow_mut().count_request(head);
        }
        connection.record_request(head);
    }

    /// Starts a fault, and returns its id. With a duration, it ends by itself.
    pub(super) fn begin_fault(self: &Rc<Self>, fault: Fault, lasts: Option<Duration>) -> u64 {
        let id = self.thread.next_id();
        let until = lasts.map(|lasts| Instant::now() + lasts);
        if fault != Fault::Cut {
            let mut faults = self.faults.borrow_mut();
            faults.retain(|active| !fault.replaces(active.fault));
            faults.push(ActiveFault { id, fault, until });
        }
        if let Some(lasts) = lasts {
            let route = self.clone();
            spawn_local(async move {
                sleep(lasts).await;
                route.end_faults(|active| active.id == id);
            });
        }
        if fault.cuts() {
            self.connections
                .borrow()
                .values()
                .for_each(|connection| connection.cut());
        }
        self.apply_conditions();
        id
    }

    /// Ends the faults that match, and returns their number.
    pub(super) fn end_faults(&self, which: impl Fn(&ActiveFault) -> bool) -> usize {
        let before = self.faults.borrow().len();
        self.faults.borrow_mut().retain(|active| !which(active));
        self.apply_conditions();
        before - self.faults.borrow().len()
    }

    /// Returns the active faults.
    pub(super) fn faults(&self) -> Vec<ActiveFault> {
        self.faults.borrow().clone()
    }

    fn apply_conditions(&self) {
        let conditions = Conditions::of(&self.faults.borrow());
        self.conditions.set(conditions);
        for direction in [Direction::Up, Direction::Down] {
            let link = conditions.link(self.set(direction));
            // An unchanged link keeps its sender, and with it the bytes that are queued there.
            if link != self.link(direction) {
                *self.sender(direction) = LinkSender::new(link, Instant::now());
            }
        }
        self.changed.notify_waiters();
        self.wake_all();
    }

    fn wake_all(&self) {
        self.connections
            .borrow()
            .values()
            .for_each(|connection| connection.wake());
    }
}
