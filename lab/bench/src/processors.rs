//! Two processors, one for what measures and one for what is measured, so that neither takes time
//! from the other.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where what measures runs, and where it starts what it measures.
#[derive(Clone, Copy)]
pub(crate) struct Processors {
    /// The numbers of two processors. `None` if there is only one, or if pinning is not allowed.
    pair: Option<Pair>,
}

#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) measured: usize,
    pub(crate) measuring: usize,
}

impl Processors {
    /// Pins this thread, and everything that it starts, to one of two processors.
    pub(crate) fn pin() -> Self {
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let pair = usable.next().zip(usable.next());
        Self {
            pair: pair
                .filter(|(_, measuring)| pin_to(*measuring))
                .map(|(measured, measuring)| Pair {
                    measured,
                    measuring,
                }),
        }
    }

    pub(crate) fn pair(self) -> Option<Pair> {
        self.pair
    }

    /// Starts something on the other processor. It inherits the pinning.
    pub(crate) fn start_measured<R>(self, start: impl FnOnce() -> R) -> R {
        let Some(pair) = self.pair else {
            return start();
        };
        pin_to(pair.measured);
        let started = start();
        pin_to(pair.measuring);
        started
    }
}

fn pin_to(cpu: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn allowed() -> Vec<usize> {
        let set = sched_getaffinity(None).unwrap();
        (0..CpuSet::MAX_CPU)
            .filter(|cpu| set.is_set(*cpu))
            .collect()
    }

    #[test]
    fn what_is_started_runs_on_the_other_processor() {
        // Pins a thread of its own, not that of other tests.
        let pinned = thread::spawn(|| {
            let before = allowed();
            let processors = Processors::pin();
            let Some(pair) = processors.pair() else {
                return assert!(before.len() < 2, "{before:?} are two processors");
            };
            assert_ne!(pair.measured, pair.measuring);
            let started = processors.start_measured(|| thread::spawn(allowed));
            assert_eq!(started.join().unwrap(), [pair.measured]);
            assert_eq!(allowed(), [pair.measuring]);
        });
        pinned.join().unwrap();
    }
}
