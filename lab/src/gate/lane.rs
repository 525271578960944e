//! One lane: a port, the service behind it, the link between them and what is broken.

use super::{
    Entry, Upstream, bad_gateway,
    capture::Capture,
    carrier::Carrier,
    connection::{Connection, Ending},
    counters::Tally,
    fault::{Active, Conditions, Fault, Way},
    head::Head,
    link::{Link, Sender},
    router::{Router, Services},
    thread::Thread,
};
use common::server::listen;
use socket2::SockRef;
use std::{
    cell::{Cell, RefCell, RefMut},
    collections::BTreeMap,
    future::{pending, poll_fn},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, duplex},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::spawn_local,
    time::sleep,
};

/// What the kernel keeps for a side that does not read, each way: little, so that it soon shows.
const BUFFER: usize = 64 * 1024;
/// Time until the port is tried again that somebody took while connections were refused.
const AGAIN: Duration = Duration::from_millis(100);

pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) upstream: Upstream,
    pub(super) thread: Rc<Thread>,
    pub(super) tally: RefCell<Tally>,
    pub(super) capture: Option<RefCell<Capture>>,
    pub(super) connections: RefCell<BTreeMap<u64, Rc<Connection>>>,
    up: RefCell<Sender>,
    down: RefCell<Sender>,
    faults: RefCell<Vec<Active>>,
    conditions: Cell<Conditions>,
    changed: Notify,
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
            up: sender(),
            down: sender(),
            faults: RefCell::default(),
            conditions: Cell::default(),
            changed: Notify::new(),
        }
    }

    /// Accepts connections for as long as it is polled.
    pub(super) async fn serve(self: Rc<Self>, mut listener: TcpListener) {
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                accepted = listener.accept() => match accepted {
                    Ok((client, peer)) => drop(spawn_local(self.clone().connection(client, peer))),
                    // Too many open files, or a client that left at once.
                    Err(_) => sleep(AGAIN).await,
                },
            }
            if self.conditions().refuse {
                drop(listener);
                listener = self.listen_again().await;
            }
        }
    }

    async fn listen_again(&self) -> TcpListener {
        while self.conditions().refuse {
            self.changed.notified().await;
        }
        loop {
            match listen(self.address).and_then(TcpListener::from_std) {
                Ok(listener) => return listener,
                Err(error) => log::warn!("gate: {}: {error}", self.name),
            }
            sleep(AGAIN).await;
        }
    }

    async fn connection(self: Rc<Self>, client: TcpStream, peer: SocketAddr) {
        let connection = Rc::new(Connection::new(self.thread.next_id(), peer));
        self.tally.borrow_mut().counters.connections += 1;
        self.connections.borrow_mut().insert(connection.id, connection.clone());
        set_up(&client);
        if self.conditions().bad_gateway {
            bad_gateway::answer(&self, &connection, client).await;
        } else {
            self.carry(&connection, client).await;
        }
        self.connections.borrow_mut().remove(&connection.id);
    }

    async fn carry(&self, connection: &Connection, mut client: TcpStream) {
        let ending = match &self.upstream {
            Upstream::Service(address) => self.to_service(address, connection, &mut client).await,
            Upstream::Services(services) => self.to_services(services, connection, &mut client).await,
        };
        if ending == Ending::Reset {
            reset(client);
        }
    }

    async fn to_service(&self, address: &str, connection: &Connection, client: &mut TcpStream) -> Ending {
        // A link has no other way to say that nobody listens behind it.
        let Ok(mut upstream) = TcpStream::connect(address).await else { return Ending::Reset };
        set_up(&upstream);
        let ending = self.until_end(connection, client, &mut upstream).await;
        if ending == Ending::Reset {
            reset(upstream);
        }
        ending
    }

    async fn to_services(&self, services: &Services, connection: &Connection, client: &mut TcpStream) -> Ending {
        let (mut upstream, inside) = duplex(BUFFER);
        let routed = async {
            // However it ends: the other end of the pipe shows it.
            let _ = Router::new(services, inside).run().await;
            pending().await
        };
        tokio::select! {
            ending = self.until_end(connection, client, &mut upstream) => ending,
            ending = routed => ending,
        }
    }

    async fn until_end(
        &self,
        connection: &Connection,
        client: &mut TcpStream,
        upstream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> Ending {
        let mut carrier = Carrier::new(self, connection, client, upstream);
        poll_fn(|context| carrier.poll(context)).await
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

    pub(super) fn link(&self, way: Way) -> Link {
        self.sender(way).link
    }

    pub(super) fn set_link(&self, way: Way, link: Link) {
        *self.sender(way) = Sender::new(link, Instant::now());
        self.wake_all();
    }

    /// Counts what was read, and captures it.
    pub(super) fn note_bytes(&self, connection: &Connection, way: Way, bytes: &[u8], now: Instant) {
        for tally in [&self.tally, &connection.tally] {
            tally.borrow_mut().count_bytes(way, bytes.len(), now);
        }
        if let Some(capture) = &self.capture {
            let chunk = connection.recorder.borrow_mut().chunk(connection.id, way, bytes);
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
        let (id, until) = (self.thread.next_id(), lasts.map(|lasts| Instant::now() + lasts));
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
            self.connections.borrow().values().for_each(|connection| connection.cut());
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
        self.conditions.set(Conditions::of(&self.faults.borrow()));
        self.changed.notify_waiters();
        self.wake_all();
    }

    fn wake_all(&self) {
        self.connections.borrow().values().for_each(|connection| connection.wake());
    }
}

/// What cannot be set now shows soon enough.
fn set_up(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
}

/// Closed with a linger time of nothing, a socket sends a reset instead of an orderly end.
fn reset(socket: TcpStream) {
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
}
