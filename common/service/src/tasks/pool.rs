//! The threads that compute: one pool for all services of a process.

use super::task::Job;
use parking_lot::{Condvar, Mutex};
use std::{
    io,
    sync::{Arc, LazyLock},
    thread::{self, available_parallelism},
};

/// The niceness of a pool thread, which gets about a tenth of a core that serving threads want too.
const NICE: i32 = 10;

/// Its threads start with the first task and live as long as the process.
static POOL: LazyLock<Arc<Pool>> = LazyLock::new(Arc::default);

/// A thread pool with an unbounded queue; `TaskSlots` limits the number of jobs.
#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
    job_added: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Job>,
    threads: usize,
}

/// Returns how many tasks are computed at a time: on several cores, one is left for serving.
pub(super) fn max_threads() -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

impl Pool {
    /// Returns the pool of this process.
    pub(super) fn of_process() -> &'static Arc<Self> {
        &POOL
    }

    /// Queues a job.
    ///
    /// # Errors
    ///
    /// If the pool has no thread and the system cannot start one.
    pub(super) fn submit(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.state.lock();
        self.start_threads(&mut state)?;
        state.waiting.push(job);
        self.job_added.notify_one();
        Ok(())
    }

    /// Removes cancelled jobs from the queue. Running ones notice by themselves.
    pub(super) fn drop_cancelled(&self) {
        self.state.lock().waiting.retain(|job| !job.is_cancelled());
    }

    /// Starts the missing threads; one is enough to succeed.
    fn start_threads(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        while state.threads < max_threads() {
            let pool = self.clone();
            match thread::Builder::new()
                .name("task".into())
                .spawn(move || pool.run_jobs())
            {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn run_jobs(&self) {
        // On Linux the priority is a property of the thread, although POSIX says process.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICE);
        loop {
            self.next_job().run();
        }
    }

    /// Waits for a job and returns the smallest, the oldest of equals: a small task waits only for
    /// running ones.
    fn next_job(&self) -> Job {
        let mut state = self.state.lock();
        self.job_added
            .wait_while(&mut state, |state| state.waiting.is_empty());
        let smallest = state
            .waiting
            .iter()
            .enumerate()
            .min_by_key(|(_, job)| job.task.primes_below);
        let index = smallest
            .map(|(index, _)| index)
            .expect("a thread wakes only while a job waits");
        state.waiting.remove(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::task::{CancelReason, tests::job};
    use tokio::sync::oneshot::error::TryRecvError;

    /// Returns a pool that starts no threads.
    fn idle_pool() -> Arc<Pool> {
        let pool = Arc::new(Pool::default());
        pool.state.lock().threads = max_threads();
        pool
    }

    #[test]
    fn a_cancelled_job_leaves_the_queue() {
        let pool = idle_pool();
        let (first, mut outcome) = job(10);
        let (second, mut later) = job(10);
        let task = first.task.clone();
        pool.submit(first).unwrap();
        pool.submit(second).unwrap();
        task.cancel(CancelReason::Deleted);
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
    fn small_jobs_run_before_large_ones() {
        let pool = idle_pool();
        for size in [300, 20, 100, 20] {
            pool.submit(job(size).0).unwrap();
        }
        let order = [(); 4].map(|()| pool.next_job().task.primes_below);
        assert_eq!(order, [20, 20, 100, 300]);
    }

    #[test]
    fn submitted_jobs_are_computed() {
        let pool = Arc::new(Pool::default());
        let outcomes = [10, 100, 1000].map(job).map(|(job, outcome)| {
            pool.submit(job).unwrap();
            outcome
        });
        let counts = outcomes.map(|outcome| outcome.blocking_recv().unwrap().count);
        assert_eq!(counts, [4, 25, 168]);
    }
}
