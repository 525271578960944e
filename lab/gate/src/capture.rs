//! The last bytes of a route in both directions, to show what a message looks like. Bounded, and
//! without secrets.

use super::{fault::Direction, redact::Redactor};
use serde::{Serialize, Serializer};
use std::{
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

/// Bytes that a route keeps.
const MAX_BYTES: usize = 64 * 1024;
/// Bytes that are kept of one segment.
const MAX_SEGMENT_BYTES: usize = 4096;

#[derive(Default)]
pub(super) struct Capture {
    chunks: VecDeque<CapturedSegment>,
    bytes: usize,
}

/// The bytes of one read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CapturedSegment {
    connection: u64,
    direction: Direction,
    /// When they were read, in milliseconds since 1970.
    at: f64,
    /// Number of bytes read. Of a long segment only the first bytes are kept.
    length: usize,
    #[serde(serialize_with = "as_characters")]
    bytes: Vec<u8>,
}

/// Captures one connection and hides its secrets.
pub(super) struct SegmentRecorder {
    up: Redactor,
    down: Redactor,
}

impl SegmentRecorder {
    pub(super) fn new() -> Self {
        Self {
            up: Redactor::requests(),
            down: Redactor::responses(),
        }
    }

    pub(super) fn chunk(
        &mut self,
        connection: u64,
        direction: Direction,
        bytes: &[u8],
    ) -> CapturedSegment {
        let mut hidden = match direction {
            Direction::Up => self.up.redact(bytes),
            Direction::Down => self.down.redact(bytes),
        };
        if self.down.has_upgraded() {
            self.up.upgrade();
        }
        hidden.truncate(MAX_SEGMENT_BYTES);
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64() * 1000.0);
        CapturedSegment {
            connection,
            direction,
            at,
            length: bytes.len(),
            bytes: hidden,
        }
    }
}

impl Capture {
    pub(super) fn keep(&mut self, chunk: CapturedSegment) {
        self.bytes += chunk.bytes.len();
        self.chunks.push_back(chunk);
        while self.bytes > MAX_BYTES || self.chunks.len() > MAX_BYTES / 64 {
            self.bytes -= self
                .chunks
                .pop_front()
                .map_or(self.bytes, |chunk| chunk.bytes.len());
        }
    }

    pub(super) fn chunks(&self) -> Vec<CapturedSegment> {
        self.chunks.iter().cloned().collect()
    }
}

/// Writes one character for each byte (ISO 8859-1), so that ASCII stays readable.
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
    fn a_capture_keeps_the_last_bytes_within_its_limit() {
        let mut capture = Capture::default();
        let mut recorder = SegmentRecorder::new();
        for number in 0..100 {
            let mut chunk = recorder.chunk(number, Direction::Down, &[0xe4; 5000]);
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
        (0..5000).for_each(|number| capture.keep(recorder.chunk(number, Direction::Down, b"x")));
        assert_eq!(capture.chunks().len(), 1024);
    }
}
