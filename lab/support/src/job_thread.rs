//! A thread that alone uses a value, and runs jobs on it.

use std::{
    io,
    thread::{Builder, JoinHandle},
};
use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};

/// A job for the owner of a `T`.
pub type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// The handle of such a thread. Dropping it ends the thread, and waits for the end.
pub struct JobThread<T> {
    /// `None` only during the drop.
    jobs: Option<UnboundedSender<Job<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: 'static> JobThread<T> {
    /// Starts a thread that receives jobs until the handle is dropped.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub fn start(
        name: &str,
        serve: impl FnOnce(UnboundedReceiver<Job<T>>) + Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, received) = unbounded_channel();
        let thread = Builder::new().name(name.to_owned());
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread.spawn(move || serve(received))?),
        })
    }

    /// Runs a job on the thread, and returns its result.
    pub async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> R {
        let (result, received) = oneshot::channel();
        let job: Job<T> = Box::new(move |owned| drop(result.send(job(owned))));
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        assert!(sent, "the thread lives as long as its handle");
        received.await.expect("the thread runs every job")
    }
}

impl<T> Drop for JobThread<T> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A panic of the thread was printed when it occurred.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
