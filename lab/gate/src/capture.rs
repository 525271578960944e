//! The last bytes of a route in both directions, to show what a message looks like. Bounded;
//! [`recorder`](super::recorder) keeps secrets out.

use super::fault::Direction;
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

impl CapturedSegment {
    /// Creates a segment from the bytes of one read.
    pub(super) fn new(connection: u64, direction: Direction, bytes: &[u8]) -> Self {
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64() * 1000.0);
        Self {
            connection,
            direction,
            at,
            length: bytes.len(),
            bytes: bytes[..bytes.len().min(MAX_SEGMENT_BYTES)].to_vec(),
        }
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
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
        for number in 0..100 {
            let mut chunk = CapturedSegment::new(number, Direction::Down, &[0xe4; 5000]);
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
        (0..5000)
            .for_each(|number| capture.keep(CapturedSegment::new(number, Direction::Down, b"x")));
        assert_eq!(capture.chunks().len(), 1024);
    }
}
