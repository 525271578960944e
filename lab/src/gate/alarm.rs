//! The one alarm that a task has set for one purpose, so that it does not set it again at each turn.

use super::clock::Clock;
use std::{task::Context, time::Instant};

#[derive(Default)]
pub(super) struct Alarm(Option<Instant>);

impl Alarm {
    /// Wakes the task then, unless it is going to be woken before: it will set the alarm anew.
    pub(super) fn set(&mut self, at: Instant, now: Instant, context: &Context<'_>, clock: &Clock) {
        if self.0.is_none_or(|set| set <= now || at < set) {
            clock.wake_at(at, context.waker());
            self.0 = Some(at);
        }
    }
}
