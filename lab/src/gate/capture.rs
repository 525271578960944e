//! The last bytes on a lane, both ways, for whoever wants to see what a message looks like. Bounded, and without secrets.

use super::{fault::Way, redact::Redactor};
use serde::{Serialize, Serializer};
use std::{
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

/// Bytes that a lane keeps.
const KEPT: usize = 64 * 1024;
/// Bytes that are kept of one chunk.
const OF_ONE: usize = 4096;

#[derive(Default)]
pub(super) struct Capture {
    chunks: VecDeque<Chunk>,
    bytes: usize,
}

/// What was read at once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Chunk {
    connection: u64,
    direction: Way,
    /// When it was read, in milliseconds since 1970.
    at: f64,
    /// How many bytes it had; of many only the first are kept.
    length: usize,
    #[serde(serialize_with = "as_characters")]
    bytes: Vec<u8>,
}

/// Hides the secrets of one connection.
pub(super) struct Recorder {
    up: Redactor,
    down: Redactor,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            up: Redactor::requests(),
            down: Redactor::responses(),
        }
    }

    pub(super) fn chunk(&mut self, connection: u64, direction: Way, bytes: &[u8]) -> Chunk {
        let mut hidden = match direction {
            Way::Up => self.up.redact(bytes),
            Way::Down => self.down.redact(bytes),
        };
        if self.down.has_upgraded() {
            self.up.upgrade();
        }
        hidden.truncate(OF_ONE);
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64() * 1000.0);
        Chunk {
            connection,
            direction,
            at,
            length: bytes.len(),
            bytes: hidden,
        }
    }
}

impl Capture {
    pub(super) fn keep(&mut self, chunk: Chunk) {
        self.bytes += chunk.bytes.len();
        self.chunks.push_back(chunk);
        while self.bytes > KEPT || self.chunks.len() > KEPT / 64 {
            self.bytes -= self
                .chunks
                .pop_front()
                .map_or(self.bytes, |chunk| chunk.bytes.len());
        }
    }

    pub(super) fn chunks(&self) -> Vec<Chunk> {
        self.chunks.iter().cloned().collect()
    }
}

/// One character for each byte (ISO 8859-1), so that text can be read as it is.
fn as_characters<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(
        &bytes
            .iter()
            .map(|byte| char::from(*byte))
            .collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_kept_and_no_more_than_fit() {
        let (mut capture, mut recorder) = (Capture::default(), Recorder::new());
        for number in 0..100 {
            let mut chunk = recorder.chunk(number, Way::Down, &[0xe4; 5000]);
            chunk.bytes[0] = number as u8;
            capture.keep(chunk);
        }
        let chunks = capture.chunks();
        assert_eq!(
            (chunks.len(), chunks[0].connection, chunks[15].connection),
            (16, 84, 99)
        );
        let json = serde_json::to_value(&chunks[15]).unwrap();
        assert_eq!(
            (&json["length"], json["direction"].as_str()),
            (&5000.into(), Some("down"))
        );
        assert!(json["bytes"].as_str().unwrap().starts_with("cäää"));
        assert_eq!(json["bytes"].as_str().unwrap().chars().count(), 4096);
        (0..5000).for_each(|number| capture.keep(recorder.chunk(number, Way::Down, b"x")));
        assert_eq!(capture.chunks().len(), 1024);
    }
}
