//! The task of one connection: carries both directions over the lane's link and through its faults.

use super::{
    alarm::Alarm,
    connection::{Connection, Ending},
    delay_line::DelayLine,
    dialog::Dialog,
    fault::Way,
    lane::Lane,
    link::MOST,
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

pub(super) struct Carrier<'a, U> {
    lane: &'a Lane,
    connection: &'a Connection,
    client: &'a mut TcpStream,
    upstream: &'a mut U,
    up: Direction,
    down: Direction,
    dialog: Dialog,
    /// When something last came from either side.
    active: Instant,
    idle: Alarm,
    /// Something has vanished in a black hole.
    lost: bool,
    /// The service's end was a reset: what it had said before still counts.
    broken: bool,
}

/// One direction: what is on its way, and whether more may come.
struct Direction {
    way: Way,
    line: DelayLine,
    /// Before then nothing is sent.
    opened: Instant,
    ended: bool,
    busy: Alarm,
}

impl<'a, U: AsyncRead + AsyncWrite + Unpin> Carrier<'a, U> {
    pub(super) fn new(
        lane: &'a Lane,
        connection: &'a Connection,
        client: &'a mut TcpStream,
        upstream: &'a mut U,
    ) -> Self {
        let now = Instant::now();
        // On a real link the service hears of a connection after one trip, and the client that it has one after two.
        let at_service = connection.opened + lane.link(Way::Up).delay;
        let up = Direction::new(Way::Up, at_service + lane.link(Way::Down).delay);
        let down = Direction::new(Way::Down, at_service);
        let dialog = Dialog::new();
        let idle = Alarm::default();
        Self {
            lane,
            connection,
            client,
            upstream,
            up,
            down,
            dialog,
            active: now,
            idle,
            lost: false,
            broken: false,
        }
    }

    /// Carries until one of them ends it.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        self.connection.wakes(context.waker());
        let hole = self.lane.conditions().black_hole;
        if self.connection.reset.get() || (self.lost && !hole) {
            return Poll::Ready(Ending::Reset);
        }
        match self.transfer(context) {
            // In a black hole nobody hears of it.
            Err(_) if hole => self.lost = true,
            Err(_) => return Poll::Ready(Ending::Reset),
            Ok(()) => {}
        }
        let over = self.up.line.has_ended() && self.down.line.has_ended();
        if over || self.is_idle(context) {
            Poll::Ready(Ending::Closed)
        } else {
            Poll::Pending
        }
    }

    fn transfer(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        loop {
            self.release();
            let thread = &self.lane.thread;
            if self
                .up
                .line
                .deliver(context, thread, Pin::new(&mut *self.upstream))
                .is_err()
            {
                // It may have answered before it had heard everything, and closed: that answer is ready to be read.
                self.up.give_up();
            }
            self.down
                .line
                .deliver(context, thread, Pin::new(&mut *self.client))?;
            if self.broken && self.down.line.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let read = self.read(Way::Up, context)? | self.read(Way::Down, context)?;
            if !read {
                return Ok(());
            }
        }
    }

    /// Reads once from the side whose bytes go this way; false if there is nothing, or no room for it.
    fn read(&mut self, way: Way, context: &mut Context<'_>) -> io::Result<bool> {
        let lane = self.lane;
        let room = self.direction(way).room(lane, context);
        if room == 0 {
            return Ok(false);
        }
        let mut scratch = lane.thread.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch[..room]);
        let read = match way {
            Way::Up => Pin::new(&mut *self.client).poll_read(context, &mut buffer),
            Way::Down => Pin::new(&mut *self.upstream).poll_read(context, &mut buffer),
        };
        match read {
            Poll::Pending => return Ok(false),
            Poll::Ready(Err(_)) if way == Way::Down => {
                (self.down.ended, self.broken) = (true, true);
                return Ok(true);
            }
            Poll::Ready(read) => read?,
        }
        self.active = Instant::now();
        match buffer.filled() {
            [] => self.end(way),
            bytes => self.take(way, bytes),
        }
        Ok(true)
    }

    fn take(&mut self, way: Way, bytes: &[u8]) {
        let (lane, connection) = (self.lane, self.connection);
        let conditions = lane.conditions();
        lane.note_bytes(connection, way, bytes, self.active);
        let through = match way {
            Way::Up => self.dialog.up(bytes, &conditions, |head| {
                lane.note_request(connection, head)
            }),
            Way::Down => self.dialog.down(bytes, &conditions),
        };
        if conditions.black_hole {
            self.lost = true;
        } else {
            self.direction(way).send(lane, &through);
        }
    }

    fn end(&mut self, way: Way) {
        let lane = self.lane;
        self.direction(way).ended = true;
        if lane.conditions().black_hole {
            self.lost = true;
            return;
        }
        if way == Way::Down {
            let held = self.dialog.release();
            self.down.send(lane, &held);
        }
        self.direction(way).send_end(lane);
    }

    /// Lets go what was held for a fault that is over.
    fn release(&mut self) {
        if self.dialog.holds() && self.lane.conditions().buffer.is_none() {
            let held = self.dialog.release();
            self.down.send(self.lane, &held);
        }
    }

    fn is_idle(&mut self, context: &Context<'_>) -> bool {
        let Some(most) = self.lane.conditions().idle else {
            return false;
        };
        let (now, end) = (Instant::now(), self.active + most);
        self.idle.set(end, now, context, &self.lane.thread.clock);
        end <= now
    }

    fn direction(&mut self, way: Way) -> &mut Direction {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }
}

impl Direction {
    fn new(way: Way, opened: Instant) -> Self {
        Self {
            way,
            line: DelayLine::default(),
            opened,
            ended: false,
            busy: Alarm::default(),
        }
    }

    /// Nobody takes anything at its other end.
    fn give_up(&mut self) {
        self.line.give_up();
        self.ended = true;
    }

    /// How many bytes may be read now. If none because the link is busy, the task is woken when it is free.
    fn room(&mut self, lane: &Lane, context: &Context<'_>) -> usize {
        if self.ended || lane.conditions().frozen(self.way) {
            return 0;
        }
        let (now, sender) = (Instant::now(), lane.sender(self.way));
        if let Some(free) = sender.busy_until(now) {
            self.busy.set(free, now, context, &lane.thread.clock);
            return 0;
        }
        let most = sender.link.in_flight().min(lane.thread.share());
        most.saturating_sub(self.line.len())
            .min(sender.link.chunk())
            .min(MOST)
    }

    fn send(&mut self, lane: &Lane, bytes: &[u8]) {
        self.line.push(bytes, self.due(lane, bytes.len()));
    }

    fn send_end(&mut self, lane: &Lane) {
        self.line.push_end(self.due(lane, 0));
    }

    fn due(&self, lane: &Lane, bytes: usize) -> Instant {
        lane.sender(self.way).send(
            bytes,
            Instant::now(),
            self.opened,
            &mut lane.thread.chance.borrow_mut(),
        )
    }
}
