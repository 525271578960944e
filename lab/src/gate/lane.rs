//! One lane: a port, the service behind it, the link between them and what is broken.

use super::{
    Entry, Upstream,
    capture::Capture,
    connection::Connection,
    counters::Tally,
    fault::{Active, Conditions, Fault, Way},
    head::Head,
    link::{Link, Sender},
    thread::Thread,
};
use std::{
    cell::{Cell, RefCell, RefMut},
    collections::BTreeMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{sync::Notify, task::spawn_local, time::sleep};

pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) upstream: Upstream,
    pub(super) thread: Rc<Thread>,
    pub(super) tally: RefCell<Tally>,
    pub(super) capture: Option<RefCell<Capture>>,
    pub(super) connections: RefCell<BTreeMap<u64, Rc<Connection>>>,
    /// To what its links are set, up and down.
    set: Cell<[Link; 2]>,
    up: RefCell<Sender>,
    down: RefCell<Sender>,
    faults: RefCell<Vec<Active>>,
    conditions: Cell<Conditions>,
    /// What is broken is no longer the same.
    pub(super) changed: Notify,
}

impl Lane {
    pub(super) fn new(thread: Rc<Thread>, entry: &Entry, address: SocketAddr, link: Link) -> Self {
        let sender = || Sender::new(link, Instant::now()).into();
        Self {
            name: entry.name,
            address,
            upstream: entry.upstream.clone(),
            thread,
            tally: RefCell::default(),
            capture: entry.captured.then(RefCell::default),
            connections: RefCell::default(),
            set: Cell::new([link; 2]),
            up: sender(),
            down: sender(),
            faults: RefCell::default(),
            conditions: Cell::default(),
            changed: Notify::new(),
        }
    }

    pub(super) fn conditions(&self) -> Conditions {
        self.conditions.get()
    }

    pub(super) fn sender(&self, way: Way) -> RefMut<'_, Sender> {
        match way {
            Way::Up => self.up.borrow_mut(),
            Way::Down => self.down.borrow_mut(),
        }
    }

    /// What the link is now.
    pub(super) fn link(&self, way: Way) -> Link {
        self.sender(way).link
    }

    /// To what it is set, which is what it is unless a fault makes it another.
    pub(super) fn set(&self, way: Way) -> Link {
        self.set.get()[way as usize]
    }

    pub(super) fn set_link(&self, way: Way, link: Link) {
        let mut set = self.set.get();
        set[way as usize] = link;
        self.set.set(set);
        self.look_around();
    }

    /// Counts what was read, and captures it.
    pub(super) fn note_bytes(&self, connection: &Connection, way: Way, bytes: &[u8], now: Instant) {
        for tally in [&self.tally, &connection.tally] {
            tally.borrow_mut().count_bytes(way, bytes.len(), now);
        }
        if let Some(capture) = &self.capture {
            let chunk = connection
                .recorder
                .borrow_mut()
                .chunk(connection.id, way, bytes);
            capture.borrow_mut().keep(chunk);
        }
    }

    pub(super) fn note_request(&self, connection: &Connection, head: &Head) {
        for tally in [&self.tally, &connection.tally] {
            tally.borrow_mut().count_request(head);
        }
        connection.note_request(head);
    }

    /// Breaks something for so long, or until it is mended.
    pub(super) fn begin(self: &Rc<Self>, fault: Fault, lasts: Option<Duration>) -> u64 {
        let (id, until) = (
            self.thread.next_id(),
            lasts.map(|lasts| Instant::now() + lasts),
        );
        if fault != Fault::Cut {
            let mut faults = self.faults.borrow_mut();
            faults.retain(|active| !fault.replaces(active.fault));
            faults.push(Active { id, fault, until });
        }
        if let Some(lasts) = lasts {
            let lane = self.clone();
            spawn_local(async move {
                sleep(lasts).await;
                lane.mend(|active| active.id == id);
            });
        }
        if fault.cuts() {
            self.connections
                .borrow()
                .values()
                .for_each(|connection| connection.cut());
        }
        self.look_around();
        id
    }

    /// Ends these faults; gives how many there were.
    pub(super) fn mend(&self, which: impl Fn(&Active) -> bool) -> usize {
        let before = self.faults.borrow().len();
        self.faults.borrow_mut().retain(|active| !which(active));
        self.look_around();
        before - self.faults.borrow().len()
    }

    /// The faults that last.
    pub(super) fn faults(&self) -> Vec<Active> {
        self.faults.borrow().clone()
    }

    fn look_around(&self) {
        let conditions = Conditions::of(&self.faults.borrow());
        self.conditions.set(conditions);
        for way in [Way::Up, Way::Down] {
            let link = conditions.link(self.set(way));
            // One that stays as it is goes on with what it has to send.
            if link != self.link(way) {
                *self.sender(way) = Sender::new(link, Instant::now());
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
