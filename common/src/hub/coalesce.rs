//! When a worker waits before it serves its readers again, so that what is published meanwhile is written together.

use std::time::Duration;

/// A worker that took longer than this for all its readers is busy; then it waits as long.
const WINDOW: Duration = Duration::from_millis(1);

/// How long to wait after having served all readers, which `took` so long. `crowded` says that messages come faster than that:
/// where one message follows the other, and at low load, nothing waits.
pub(super) fn coalesce_window(crowded: bool, took: Duration) -> Option<Duration> {
    (crowded && took > WINDOW).then_some(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_busy_and_cannot_keep_up_waits() {
        let (short, long) = (WINDOW, WINDOW + Duration::from_nanos(1));
        let waits = [(false, short), (false, long), (true, short), (true, long)]
            .map(|(c, took)| coalesce_window(c, took));
        assert_eq!(waits, [None, None, None, Some(WINDOW)]);
    }
}
