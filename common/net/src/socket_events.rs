//! The events of the sockets of one thread: which of them can be read or written, or have ended.
//!
//! Costs an idle socket nothing but its entry in the kernel. A socket in tokio's runtime takes 256
//! bytes, at an address that is a multiple of 128, and a waker.

use mio::{Events, Poll, Registry, Token, event::Event};
use std::{
    cell::RefCell,
    io::{self, ErrorKind::WouldBlock},
    mem,
    os::fd::{AsRawFd, RawFd},
    rc::Rc,
    time::Duration,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::Notify,
};

/// How many events are taken from the kernel at a time.
const EVENTS: usize = 256;

/// The events of some sockets. Cloning copies a reference.
#[derive(Clone)]
pub struct SocketEvents(Rc<Inner>);

struct Inner {
    registry: Registry,
    selector: AsyncFd<Selector>,
    /// The slots whose sockets have more to do than was their turn.
    turns: RefCell<Vec<u32>>,
    turn_requested: Notify,
}

struct Selector(RefCell<(Poll, Events)>);

/// A socket has its turn.
#[derive(Clone, Copy, Debug)]
pub struct SocketEvent {
    /// The slot with which the socket was registered.
    pub slot: u32,
    pub(crate) readiness: Readiness,
}

/// What the kernel has reported of a socket.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Readiness {
    /// A read may return something.
    pub(crate) is_readable: bool,
    /// The peer sends no more.
    pub(crate) is_read_closed: bool,
    /// Nothing can be sent any more.
    pub(crate) is_write_closed: bool,
}

impl SocketEvents {
    /// Creates events without sockets.
    ///
    /// # Errors
    ///
    /// Returns an error if the process has no file descriptors left.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let selector = Selector((poll, Events::with_capacity(EVENTS)).into());
        Ok(Self(Rc::new(Inner {
            registry,
            selector: selector.watched()?,
            turns: RefCell::default(),
            turn_requested: Notify::new(),
        })))
    }

    /// Waits until there is an event.
    pub async fn ready(&self) {
        tokio::select! {
            () = self.0.turn_requested.notified() => {}
            // An error means that the runtime is shutting down, which ends this task.
            _ = self.0.selector.readable() => {}
        }
    }

    /// Takes the events that there are. A socket may have left its slot since.
    pub fn take(&self) -> Vec<SocketEvent> {
        let turns = mem::take(&mut *self.0.turns.borrow_mut());
        let turn = |slot| SocketEvent {
            slot,
            readiness: Readiness::default(),
        };
        let mut taken: Vec<_> = turns.into_iter().map(turn).collect();
        // The kernel is asked only if the runtime has seen that there is something.
        let _ = self
            .0
            .selector
            .try_io(Interest::READABLE, |selector| selector.take(&mut taken));
        taken
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn request_turn(&self, slot: u32) {
        self.0.turns.borrow_mut().push(slot);
        self.0.turn_requested.notify_one();
    }
}

impl Selector {
    /// Lets the runtime wait for it.
    #[expect(
        deprecated,
        reason = "its successor is unsafe; the descriptor of a `Poll` never changes"
    )]
    fn watched(self) -> io::Result<AsyncFd<Self>> {
        AsyncFd::with_interest(self, Interest::READABLE)
    }

    /// Takes events. Returns [`WouldBlock`] if no more are left.
    fn take(&self, taken: &mut Vec<SocketEvent>) -> io::Result<()> {
        let (poll, events) = &mut *self.0.borrow_mut();
        poll.poll(events, Some(Duration::ZERO))?;
        let before = taken.len();
        taken.extend(events.iter().map(SocketEvent::from));
        if taken.len() - before < EVENTS {
            return Err(WouldBlock.into());
        }
        Ok(())
    }
}

impl AsRawFd for Selector {
    fn as_raw_fd(&self) -> RawFd {
        self.0.borrow().0.as_raw_fd()
    }
}

impl From<&Event> for SocketEvent {
    fn from(event: &Event) -> Self {
        let Token(slot) = event.token();
        let is_read_closed = event.is_read_closed();
        Self {
            slot: slot as u32,
            readiness: Readiness {
                is_readable: event.is_readable() || is_read_closed || event.is_error(),
                is_read_closed,
                is_write_closed: event.is_write_closed(),
            },
        }
    }
}

impl Readiness {
    /// Adds what was reported later.
    pub(crate) fn add(&mut self, later: Self) {
        self.is_readable |= later.is_readable;
        self.is_read_closed |= later.is_read_closed;
        self.is_write_closed |= later.is_write_closed;
    }
}
