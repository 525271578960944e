//! Relays one connection in both directions, through the route's link and faults.

use super::{
    fault::Direction,
    gate_connection::{ConnectionEnd, GateConnection},
    http_tracker::HttpTracker,
    relay_half::RelayHalf,
    route::Route,
    task_timer::TaskTimer,
};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

pub(super) struct Relay<'a, U> {
    route: &'a Route,
    connection: &'a GateConnection,
    client: &'a mut TcpStream,
    upstream: &'a mut U,
    up: RelayHalf,
    down: RelayHalf,
    tracker: HttpTracker,
    /// Id of the newest request, as long as it has no later one.
    request: Option<u64>,
    /// When the last bytes, or an end, arrived from either side.
    active: Instant,
    idle: TaskTimer,
    /// Whether a black hole has swallowed something.
    lost: bool,
    /// Whether the service ended with a TCP reset. Bytes it sent before are still delivered.
    reset_by_service: bool,
}

impl<'a, U: AsyncRead + AsyncWrite + Unpin> Relay<'a, U> {
    pub(super) fn new(
        route: &'a Route,
        connection: &'a GateConnection,
        client: &'a mut TcpStream,
        upstream: &'a mut U,
    ) -> Self {
        let now = Instant::now();
        // On a real link a connection reaches the service after one trip, the client after two.
        let at_service = connection.opened + route.link(Direction::Up).delay;
        let up = RelayHalf::new(
            Direction::Up,
            at_service + route.link(Direction::Down).delay,
        );
        let down = RelayHalf::new(Direction::Down, at_service);
        let tracker = HttpTracker::new();
        let idle = TaskTimer::default();
        Self {
            route,
            connection,
            client,
            upstream,
            up,
            down,
            tracker,
            request: None,
            active: now,
            idle,
            lost: false,
            reset_by_service: false,
        }
    }

    /// Relays until the connection ends.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<ConnectionEnd> {
        self.connection.wakes(context.waker());
        let hole = self.route.conditions().black_hole;
        if self.connection.reset.get() || (self.lost && !hole) {
            return Poll::Ready(ConnectionEnd::Reset);
        }
        match self.transfer(context) {
            // In a black hole the client does not learn of it.
            Err(_) if hole => self.lost = true,
            Err(_) => return Poll::Ready(ConnectionEnd::Reset),
            Ok(()) => {}
        }
        let over = self.up.line.has_ended() && self.down.line.has_ended();
        if over || self.is_idle(context) {
            Poll::Ready(ConnectionEnd::Closed)
        } else {
            Poll::Pending
        }
    }

    fn transfer(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        loop {
            self.release();
            let thread = &self.route.thread;
            if self
                .up
                .line
                .deliver(context, thread, Pin::new(&mut *self.upstream))
                .is_err()
            {
                // The service may have responded early and closed. That response can still be read.
                self.up.give_up();
            }
            self.down
                .line
                .deliver(context, thread, Pin::new(&mut *self.client))?;
            self.record_deliveries();
            if self.reset_by_service && self.down.line.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let read = self.read(Direction::Up, context)? | self.read(Direction::Down, context)?;
            if !read {
                return Ok(());
            }
        }
    }

    /// Records when what was in flight of the newest request or its response is delivered.
    fn record_deliveries(&self) {
        let Some(request) = self.request else {
            return;
        };
        let now = Instant::now();
        let mut times = self.route.times.borrow_mut();
        if self.up.sent.get() && self.up.line.is_empty() {
            self.up.sent.set(false);
            times.sent(request, now);
        }
        if self.down.sent.get() && self.down.line.is_empty() {
            self.down.sent.set(false);
            times.delivered(request, now);
        }
    }

    /// Reads once in this direction. Returns whether bytes or an end were read.
    fn read(&mut self, direction: Direction, context: &mut Context<'_>) -> io::Result<bool> {
        let route = self.route;
        let room = self.half(direction).room(route, context);
        if room == 0 {
            return Ok(false);
        }
        let mut scratch = route.thread.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch[..room]);
        let read = match direction {
            Direction::Up => Pin::new(&mut *self.client).poll_read(context, &mut buffer),
            Direction::Down => Pin::new(&mut *self.upstream).poll_read(context, &mut buffer),
        };
        match read {
            Poll::Pending => return Ok(false),
            Poll::Ready(Err(_)) if direction == Direction::Down => {
                self.down.ended = true;
                self.reset_by_service = true;
                return Ok(true);
            }
            Poll::Ready(read) => read?,
        }
        self.active = Instant::now();
        match buffer.filled() {
            [] => self.end(direction),
            bytes => self.forward(direction, bytes),
        }
        Ok(true)
    }

    fn forward(&mut self, direction: Direction, bytes: &[u8]) {
        let route = self.route;
        let connection = self.connection;
        let conditions = route.conditions();
        route.record_bytes(connection, direction, bytes, self.active);
        let through = match direction {
            Direction::Up => self.tracker.client_bytes(bytes, conditions.http, |head| {
                route.record_request(connection, head);
                let id = route.times.borrow_mut().begin(connection.id, self.active);
                self.request = Some(id);
            }),
            Direction::Down => {
                if let Some(request) = self.request {
                    route.times.borrow_mut().answered(request, self.active);
                }
                self.tracker.service_bytes(bytes, conditions.http)
            }
        };
        if conditions.black_hole {
            self.lost = true;
        } else {
            self.half(direction).send(route, &through);
        }
    }

    fn end(&mut self, direction: Direction) {
        let route = self.route;
        self.half(direction).ended = true;
        if route.conditions().black_hole {
            self.lost = true;
            return;
        }
        if direction == Direction::Down {
            let held = self.tracker.release();
            self.down.send(route, &held);
        }
        self.half(direction).send_end(route);
    }

    /// Sends the bytes that a buffer fault held, once it has ended.
    fn release(&mut self) {
        if self.tracker.is_holding() && self.route.conditions().http.buffer.is_none() {
            let held = self.tracker.release();
            self.down.send(self.route, &held);
        }
    }

    fn is_idle(&mut self, context: &Context<'_>) -> bool {
        let Some(most) = self.route.conditions().idle else {
            return false;
        };
        let now = Instant::now();
        let end = self.active + most;
        self.idle.set(end, now, context, &self.route.thread.timers);
        end <= now
    }

    fn half(&mut self, direction: Direction) -> &mut RelayHalf {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}
