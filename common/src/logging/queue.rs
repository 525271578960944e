//! A bounded queue between the threads that log and the one that writes.

use prometheus_client::metrics::counter::Counter;
use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard},
    thread,
    time::Duration,
};

/// The most bytes of lines that wait. Whoever reads the log may be late by so much.
const MOST: usize = 1024 * 1024;

/// Lines that were dropped since the process began.
static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// Counts the lines that were dropped since the process began.
pub(crate) fn dropped_lines() -> Counter {
    DROPPED.clone()
}

/// Lines that wait to be written. Pushing never waits for the writer.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// How many found no room since the last batch was taken.
    dropped: u64,
    is_writing: bool,
}

impl Queue {
    /// Starts a thread that writes to `out` for the rest of the process.
    ///
    /// # Errors
    ///
    /// If the system has no thread left.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Arc<Self>> {
        let queue = Arc::new(Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
        });
        let writer = queue.clone();
        thread::Builder::new()
            .name("log".into())
            .spawn(move || writer.write_all_to(out))?;
        Ok(queue)
    }

    /// Waits until everything is written, but at most so long.
    pub(super) fn flush(&self, most: Duration) {
        let is_busy = |waiting: &mut Waiting| waiting.is_writing || waiting.is_due();
        drop(
            self.changed
                .wait_timeout_while(self.waiting(), most, is_busy),
        );
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        if waiting.lines.len() + line.len() > MOST {
            waiting.dropped += 1;
            DROPPED.inc();
        } else {
            waiting.lines.extend_from_slice(line);
        }
        drop(waiting);
        self.changed.notify_all();
    }

    fn write_all_to(&self, mut out: impl Write) {
        loop {
            let (lines, dropped) = self.take();
            // Several processes may share a pipe, and only short writes are not mixed there.
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if out.write_all(line).is_err() {
                    DROPPED.inc();
                }
            }
            if dropped > 0 {
                log::warn!(
                    "{dropped} log lines were dropped here: nobody read the log fast enough"
                );
            }
            self.waiting().is_writing = false;
            self.changed.notify_all();
        }
    }

    /// Waits for lines, and takes all of them.
    fn take(&self) -> (Vec<u8>, u64) {
        let due = self
            .changed
            .wait_while(self.waiting(), |waiting| !waiting.is_due());
        let mut waiting = due.expect("no panic while queueing");
        waiting.is_writing = true;
        (
            mem::take(&mut waiting.lines),
            mem::take(&mut waiting.dropped),
        )
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no panic while queueing")
    }
}

impl Waiting {
    fn is_due(&self) -> bool {
        !self.lines.is_empty() || self.dropped > 0
    }
}

/// Each write is one whole line, as the logger makes them.
pub(super) struct Lines(pub(super) Arc<Queue>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, pipe},
        time::Instant,
    };

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_flushed_is_written_in_order() {
        let (mut reader, writer) = pipe().unwrap();
        let queue = Queue::start(writer).unwrap();
        for line in ["a\n", "b\n", "c\n"] {
            queue.push(line.as_bytes());
        }
        queue.flush(LONG);
        let mut written = [0; 6];
        reader.read_exact(&mut written).unwrap();
        assert_eq!(&written, b"a\nb\nc\n");
    }

    #[test]
    fn a_pipe_that_nobody_reads_costs_its_bound_and_keeps_nobody_waiting() {
        let (_reader, writer) = pipe().unwrap();
        let queue = Queue::start(writer).unwrap();
        let before = dropped_lines().get();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        for _ in 0..4096 {
            queue.push(&line);
        }
        assert!(queue.waiting().lines.len() <= MOST);
        assert!(dropped_lines().get() > before);
        let began = Instant::now();
        queue.flush(Duration::from_millis(50));
        assert!(began.elapsed() < LONG);
    }

    #[test]
    fn a_pipe_whose_reader_is_gone_keeps_nobody_waiting() {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let queue = Queue::start(writer).unwrap();
        queue.push(b"a\n");
        queue.flush(LONG);
        assert!(!queue.waiting().is_due());
    }
}
