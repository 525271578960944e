//! The threads that compute, apart from those that serve: one pool for all services of a process.

use super::Job;
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard},
    thread::{self, available_parallelism},
};

/// How many tasks may wait for a thread.
const MOST_WAITING: usize = 16;
/// What a thread here gets of a core that others want too is about a tenth.
const NICE: i32 = 10;

/// Begins with the first task, and lives as long as the process.
static POOL: LazyLock<Arc<Pool>> = LazyLock::new(|| Pool::start(MOST_WAITING));

pub(super) struct Pool {
    waiting: Mutex<VecDeque<Job>>,
    most: usize,
    more: Condvar,
}

/// There are as many tasks as the pool takes.
#[derive(Debug)]
pub(crate) struct Full;

impl Pool {
    pub(super) fn of_process() -> &'static Self {
        &POOL
    }

    /// One core is left to those who serve, if there are several.
    fn start(most: usize) -> Arc<Self> {
        let pool = Arc::new(Self { waiting: Mutex::default(), most, more: Condvar::new() });
        let cores = available_parallelism().map_or(1, usize::from);
        for _ in 0..cores.saturating_sub(1).max(1) {
            let pool = pool.clone();
            thread::Builder::new().name("task".into()).spawn(move || pool.work()).expect("a thread starts");
        }
        pool
    }

    pub(super) fn submit(&self, job: Job) -> Result<(), Full> {
        let mut waiting = self.waiting();
        if waiting.len() >= self.most {
            return Err(Full);
        }
        waiting.push_back(job);
        self.more.notify_one();
        Ok(())
    }

    /// Lets the cancelled wait no longer. Those that run notice by themselves.
    pub(super) fn drop_cancelled(&self) {
        self.waiting().retain(|job| !job.is_cancelled());
    }

    fn work(&self) {
        // Linux gives a priority to each thread, whatever POSIX says of processes.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICE);
        loop {
            self.next().run();
        }
    }

    fn next(&self) -> Job {
        let idle = self.more.wait_while(self.waiting(), |waiting| waiting.is_empty());
        idle.expect("no panic while queueing").pop_front().expect("it is not empty")
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.waiting.lock().expect("no panic while queueing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::{Cancelled, tests::job};

    #[test]
    fn there_is_room_for_so_many_and_those_that_are_cancelled_leave_theirs() {
        // Nobody works here.
        let pool = Pool { waiting: Mutex::default(), most: 2, more: Condvar::new() };
        let (first, mut outcome) = job(10);
        let task = first.task.clone();
        pool.submit(first).unwrap();
        pool.submit(job(10).0).unwrap();
        assert!(pool.submit(job(10).0).is_err());
        task.cancel(Cancelled::Deleted);
        pool.drop_cancelled();
        assert!(outcome.try_recv().is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Closed));
        pool.submit(job(10).0).unwrap();
        assert!(pool.submit(job(10).0).is_err());
    }

    #[test]
    fn what_is_submitted_is_computed() {
        let pool = Pool::start(4);
        let outcomes: Vec<_> =
            [10, 100, 1000].map(job).into_iter().map(|(job, outcome)| (pool.submit(job), outcome)).collect();
        let counts: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome.blocking_recv().unwrap().count).collect();
        assert_eq!(counts, [4, 25, 168]);
    }
}
