//! What a process writes to a pipe.

use crate::wait_for;
use std::{
    io::Read,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

/// The text read from a pipe so far.
#[derive(Default)]
pub(crate) struct PipedText {
    read: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl PipedText {
    pub(crate) fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let read = Arc::<Mutex<Vec<u8>>>::default();
        let text = read.clone();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                text.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self {
            read,
            reader: Some(reader),
        }
    }

    /// Waits for a complete line that contains this, and returns it.
    pub(crate) fn wait_for_line(&self, part: &str) -> String {
        wait_for(part, || {
            let text = self.so_far();
            text.split_inclusive('\n')
                .find(|line| line.contains(part) && line.ends_with('\n'))
                .map(str::to_owned)
        })
    }

    /// Waits until the pipe is closed, and returns the whole text.
    pub(crate) fn all(&mut self) -> String {
        self.reader.take().map_or(Ok(()), JoinHandle::join).unwrap();
        self.so_far()
    }

    /// Returns the text so far. A read may end within a character, which is not complete then.
    pub(crate) fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.read.lock().unwrap()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_arrive_in_two_pieces() {
        let mut text = PipedText::of((&b"12 \xc2"[..]).chain(&b"\xb5s\n"[..]));
        assert_eq!(text.all(), "12 µs\n");
    }
}
