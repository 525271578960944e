//! The bounded queue between the threads that log and the thread that writes.

use parking_lot::{Condvar, Mutex};
use prometheus_client::metrics::counter::Counter;
use std::{
    io::{self, Write},
    mem,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

/// The most bytes of lines that wait to be written.
const MAX_BYTES: usize = 1024 * 1024;

/// The number of lines dropped since the process started.
static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// Returns the counter of the lines dropped since the process started.
pub(crate) fn dropped_lines() -> Counter {
    DROPPED.clone()
}

/// Lines that wait to be written. Adding a line never waits for the writer.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// The number of lines dropped since the writer took the last batch.
    dropped: u64,
    is_writing: bool,
}

impl Queue {
    /// Starts a thread that writes to `out` for the rest of the process.
    ///
    /// # Errors
    ///
    /// Returns an error if the system cannot start a thread.
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

    /// Waits until all lines are written, for at most this time.
    pub(super) fn flush(&self, timeout: Duration) {
        let is_busy = |waiting: &mut Waiting| waiting.is_writing || waiting.is_due();
        let mut waiting = self.waiting.lock();
        self.changed.wait_while_for(&mut waiting, is_busy, timeout);
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting.lock();
        if waiting.lines.len() + line.len() > MAX_BYTES {
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
            // Several processes may share a pipe. Only short writes are not mixed there.
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if out.write_all(line).is_err() {
                    DROPPED.inc();
                }
            }
            if dropped > 0 {
                log::warn!("log: {dropped} lines dropped: the log was not read fast enough");
            }
            self.waiting.lock().is_writing = false;
            self.changed.notify_all();
        }
    }

    /// Waits for lines, and takes all of them with the number of those dropped.
    fn take(&self) -> (Vec<u8>, u64) {
        let mut waiting = self.waiting.lock();
        self.changed
            .wait_while(&mut waiting, |waiting| !waiting.is_due());
        waiting.is_writing = true;
        let lines = mem::take(&mut waiting.lines);
        (lines, mem::take(&mut waiting.dropped))
    }
}

impl Waiting {
    fn is_due(&self) -> bool {
        !self.lines.is_empty() || self.dropped > 0
    }
}

/// Adds lines to a queue. The logger writes each line whole.
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
    fn flushed_lines_are_written_in_order() {
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
    fn a_pipe_that_is_not_read_blocks_no_thread() {
        let (_reader, writer) = pipe().unwrap();
        let queue = Queue::start(writer).unwrap();
        let before = dropped_lines().get();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        for _ in 0..4096 {
            queue.push(&line);
        }
        assert!(queue.waiting.lock().lines.len() <= MAX_BYTES);
        assert!(dropped_lines().get() > before);
        let began = Instant::now();
        queue.flush(Duration::from_millis(50));
        assert!(began.elapsed() < LONG);
    }

    #[test]
    fn a_closed_pipe_blocks_no_thread() {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let queue = Queue::start(writer).unwrap();
        queue.push(b"a\n");
        queue.flush(LONG);
        assert!(!queue.waiting.lock().is_due());
    }
}
