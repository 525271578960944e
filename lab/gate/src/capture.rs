//! The last bytes of a route in both directions, to show what a message looks like. Bounded;
//! [`recorder`](super::recorder) keeps secrets out.

use super::{
    fault::Direction,
    recorder::{Finding, Recorder},
};
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
    chunks: VecDeque<KeptSegment>,
    bytes: usize,
}

struct KeptSegment {
    segment: CapturedSegment,
    /// Whether it is known to contain no secret.
    is_harmless: bool,
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

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Capture {
    /// Keeps a segment of these bytes, and what `recorder` finds out with it about earlier ones.
    pub(super) fn keep(&mut self, segment: CapturedSegment, bytes: &[u8], recorder: &mut Recorder) {
        let finding = recorder.record(segment.direction, bytes);
        match finding {
            Finding::Secret => return self.forget(segment.connection),
            Finding::Harmless => self.show(segment.connection, segment.direction),
            Finding::Unknown => {}
        }
        self.push(KeptSegment {
            segment,
            is_harmless: finding == Finding::Harmless,
        });
    }

    /// Returns the segments that contain no secret.
    pub(super) fn chunks(&self) -> Vec<CapturedSegment> {
        let harmless = self.chunks.iter().filter(|chunk| chunk.is_harmless);
        harmless.map(|chunk| chunk.segment.clone()).collect()
    }

    fn push(&mut self, chunk: KeptSegment) {
        self.bytes += chunk.segment.bytes.len();
        self.chunks.push_back(chunk);
        while self.bytes > MAX_BYTES || self.chunks.len() > MAX_BYTES / 64 {
            self.bytes -= self
                .chunks
                .pop_front()
                .map_or(self.bytes, |chunk| chunk.segment.bytes.len());
        }
    }

    fn show(&mut self, connection: u64, direction: Direction) {
        for chunk in &mut self.chunks {
            let of = (chunk.segment.connection, chunk.segment.direction);
            chunk.is_harmless |= of == (connection, direction);
        }
    }

    /// Removes the segments of a connection that may contain a secret.
    fn forget(&mut self, connection: u64) {
        self.chunks
            .retain(|chunk| chunk.is_harmless || chunk.segment.connection != connection);
        let lengths = self.chunks.iter().map(|chunk| chunk.segment.bytes.len());
        self.bytes = lengths.sum();
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

    /// Keeps bytes that a client sends in a request, whose headers are `complete` or not.
    fn keep(capture: &mut Capture, connection: u64, bytes: &[u8], complete: bool) {
        let mut recorder = Recorder::new();
        let start = if complete {
            &b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n"[..]
        } else {
            b"GET /"
        };
        recorder.record(Direction::Up, start);
        let segment = CapturedSegment::new(connection, Direction::Up, bytes);
        capture.keep(segment, bytes, &mut recorder);
    }

    #[test]
    fn a_capture_keeps_the_last_bytes_within_its_limit() {
        let mut capture = Capture::default();
        for number in 0..100 {
            let bytes = [&[number as u8][..], &[0xe4; 4999]].concat();
            keep(&mut capture, number, &bytes, true);
        }
        let chunks = capture.chunks();
        assert_eq!(
            (chunks.len(), chunks[0].connection, chunks[15].connection),
            (16, 84, 99)
        );
        let json = serde_json::to_value(&chunks[15]).unwrap();
        assert_eq!(
            (&json["length"], json["direction"].as_str()),
            (&5000.into(), Some("up"))
        );
        assert!(json["bytes"].as_str().unwrap().starts_with("cäää"));
        assert_eq!(json["bytes"].as_str().unwrap().chars().count(), 4096);
        (0..5000).for_each(|number| keep(&mut capture, number, b"x", true));
        assert_eq!(capture.chunks().len(), 1024);
    }

    #[test]
    fn incomplete_headers_count_for_the_limit() {
        let mut capture = Capture::default();
        (0..100).for_each(|number| keep(&mut capture, number, &[b'x'; 5000], false));
        assert_eq!((capture.chunks.len(), capture.bytes), (16, MAX_BYTES));
        (0..5000).for_each(|number| keep(&mut capture, number, b"x", false));
        assert_eq!(capture.chunks.len(), 1024);
        assert!(capture.chunks().is_empty());
    }
}
