//! The threads that compute, apart from those that serve: one pool for all services of a process.

use super::task::Job;
use std::{
    io,
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard},
    thread::{self, available_parallelism},
};

/// What a thread here gets of a core that others want too is about a tenth.
const NICE: i32 = 10;

/// Its threads begin with the first task, and live as long as the process.
static POOL: LazyLock<Arc<Pool>> = LazyLock::new(Arc::default);

/// How many jobs wait is up to those who submit them.
#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Job>,
    threads: usize,
}

/// How many tasks are computed at a time. One core is left to those who serve, if there are several.
pub(super) fn most_threads() -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

impl Pool {
    pub(super) fn of_process() -> &'static Arc<Self> {
        &POOL
    }

    /// # Errors
    ///
    /// If there is no thread to compute it, and the system starts none.
    pub(super) fn submit(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.state();
        self.start_threads(&mut state)?;
        state.waiting.push(job);
        self.more.notify_one();
        Ok(())
    }

    /// Lets the cancelled wait no longer. Those that run notice by themselves.
    pub(super) fn drop_cancelled(&self) {
        self.state().waiting.retain(|job| !job.is_cancelled());
    }

    /// As many as there should be, or at least one.
    fn start_threads(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        while state.threads < most_threads() {
            let pool = self.clone();
            match thread::Builder::new()
                .name("task".into())
                .spawn(move || pool.work())
            {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn work(&self) {
        // Linux gives a priority to each thread, whatever POSIX says of processes.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICE);
        loop {
            self.next().run();
        }
    }

    /// The smallest that waits, and of those the first: nobody with a small one waits for more than what runs.
    fn next(&self) -> Job {
        let idle = self
            .more
            .wait_while(self.state(), |state| state.waiting.is_empty());
        let waiting = &mut idle.expect("no panic while queueing").waiting;
        let smallest = waiting
            .iter()
            .enumerate()
            .min_by_key(|(_, job)| job.task.primes_below);
        let at = smallest.map(|(at, _)| at).expect("it is not empty");
        waiting.remove(at)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while queueing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::task::{Cancelled, tests::job};
    use tokio::sync::oneshot::error::TryRecvError;

    #[test]
    fn a_cancelled_job_waits_no_longer() {
        // Nobody works here.
        let pool = Arc::new(Pool::default());
        pool.state().threads = most_threads();
        let ((first, mut outcome), (second, mut later)) = (job(10), job(10));
        let task = first.task.clone();
        pool.submit(first).unwrap();
        pool.submit(second).unwrap();
        task.cancel(Cancelled::Deleted);
        pool.drop_cancelled();
        assert!(
            outcome
                .try_recv()
                .is_err_and(|error| error == TryRecvError::Closed)
        );
        assert!(
            later
                .try_recv()
                .is_err_and(|error| error == TryRecvError::Empty)
        );
    }

    #[test]
    fn a_small_one_does_not_wait_for_large_ones() {
        // Nobody works here.
        let pool = Arc::new(Pool::default());
        pool.state().threads = most_threads();
        for size in [300, 20, 100, 20] {
            pool.submit(job(size).0).unwrap();
        }
        let order = [(); 4].map(|()| pool.next().task.primes_below);
        assert_eq!(order, [20, 20, 100, 300]);
    }

    #[test]
    fn what_is_submitted_is_computed() {
        let pool = Arc::new(Pool::default());
        let outcomes = [10, 100, 1000].map(job).map(|(job, outcome)| {
            pool.submit(job).unwrap();
            outcome
        });
        let counts = outcomes.map(|outcome| outcome.blocking_recv().unwrap().count);
        assert_eq!(counts, [4, 25, 168]);
    }
}
