//! One direction of a relay: a delay line, and when it may read and send.

use super::{
    delay_line::DelayLine, fault::Direction, link::MAX_READ, route::Route, task_timer::TaskTimer,
};
use std::{cell::Cell, task::Context, time::Instant};

/// One direction of a relay.
pub(super) struct RelayHalf {
    direction: Direction,
    pub(super) line: DelayLine,
    /// When the connection is established: nothing is sent before.
    opened: Instant,
    pub(super) ended: bool,
    /// Whether bytes were sent since this was last reset.
    pub(super) sent: Cell<bool>,
    busy: TaskTimer,
}

impl RelayHalf {
    pub(super) fn new(direction: Direction, opened: Instant) -> Self {
        Self {
            direction,
            line: DelayLine::default(),
            opened,
            ended: false,
            sent: Cell::default(),
            busy: TaskTimer::default(),
        }
    }

    /// Gives up this direction: its receiver is closed.
    pub(super) fn give_up(&mut self) {
        self.line.give_up();
        self.ended = true;
    }

    /// Returns how many bytes may be read now. While the link is busy, arms a timer and returns 0.
    pub(super) fn room(&mut self, route: &Route, context: &Context<'_>) -> usize {
        if self.ended || route.conditions().frozen(self.direction) {
            return 0;
        }
        let now = Instant::now();
        let sender = route.sender(self.direction);
        if let Some(free) = sender.busy_until(now) {
            self.busy.set(free, now, context, &route.thread.timers);
            return 0;
        }
        let most = sender.link.in_flight().min(route.thread.share());
        most.saturating_sub(self.line.len())
            .min(sender.link.chunk())
            .min(MAX_READ)
    }

    pub(super) fn send(&mut self, route: &Route, bytes: &[u8]) {
        self.sent.set(self.sent.get() || !bytes.is_empty());
        self.line.push(bytes, self.due(route, bytes.len()));
    }

    pub(super) fn send_end(&mut self, route: &Route) {
        self.line.push_end(self.due(route, 0));
    }

    fn due(&self, route: &Route, bytes: usize) -> Instant {
        route.sender(self.direction).send(
            bytes,
            Instant::now(),
            self.opened,
            &mut route.thread.random.borrow_mut(),
        )
    }
}
