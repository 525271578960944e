//! One timer of a task. Remembers its deadline, so that each poll does not arm it again.

use super::timers::Timers;
use std::{task::Context, time::Instant};

#[derive(Default)]
pub(super) struct TaskTimer(Option<Instant>);

impl TaskTimer {
    /// Arms the timer, unless it is due earlier: the task arms it again when it wakes up.
    pub(super) fn set(
        &mut self,
        at: Instant,
        now: Instant,
        context: &Context<'_>,
        timers: &Timers,
    ) {
        if self.0.is_none_or(|set| set <= now || at < set) {
            timers.wake_at(at, context.waker());
            self.0 = Some(at);
        }
    }
}
