//! The gate's HTTP tracker on arbitrary bytes: it never panics, it keeps a bounded number of bytes,
//! and it counts and forwards the same in pieces as at once.
//!
//! Input: a byte of flags, a byte with the number of piece sizes, the sizes, and the bytes. The
//! first half of the bytes comes from the client, the second half from the service.

#![no_main]

// The gate does not export these modules, and depends on much that a fuzz target does not need.
#[path = "../../src/http_tracker.rs"]
mod http_tracker;
#[path = "../../src/request.rs"]
mod request;

use http_tracker::{HttpFaults, HttpTracker};
use libfuzzer_sys::fuzz_target;

/// Size of the buffer fault, in bytes.
const BUFFER: usize = 64;
/// Most bytes that a tracker keeps: two incomplete header sections, one withheld, and the buffer.
const MAX_BUFFERED: usize = 3 * (64 * 1024 + 1) + BUFFER;

/// What the gate learns from a connection.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Method, path and upgrade of each request.
    requests: Vec<(String, String, bool)>,
    to_service: Vec<u8>,
    to_client: Vec<u8>,
    /// Bytes of incomplete messages at the end: both directions are parsed up to the same place.
    incomplete: usize,
}

fuzz_target!(|input: &[u8]| {
    let [flags, count, rest @ ..] = input else {
        return;
    };
    let (sizes, bytes) = rest.split_at(rest.len().min(usize::from(*count % 8)));
    let (client, service) = bytes.split_at(bytes.len() / 2);
    let faults = HttpFaults {
        block_upgrade: flags & 1 != 0,
        buffer: (flags & 2 != 0).then_some(BUFFER),
    };
    let whole = [usize::MAX];
    let pieces: Vec<_> = sizes.iter().map(|size| usize::from(*size).max(1)).collect();
    assert_eq!(
        track(client, service, faults, &pieces),
        track(client, service, faults, &whole)
    );
});

fn track(client: &[u8], service: &[u8], faults: HttpFaults, sizes: &[usize]) -> Seen {
    let mut tracker = HttpTracker::new();
    let mut seen = Seen::default();
    for piece in pieces(client, sizes) {
        let forwarded = tracker.client_bytes(piece, faults, |head| {
            let path = request::path(head.target()).to_owned();
            seen.requests.push((head.method().to_owned(), path, head.upgrades()));
        });
        seen.to_service.extend_from_slice(&forwarded);
        assert!(tracker.buffered() <= MAX_BUFFERED);
    }
    for piece in pieces(service, sizes) {
        let forwarded = tracker.service_bytes(piece, faults);
        seen.to_client.extend_from_slice(&forwarded);
        assert!(tracker.buffered() <= MAX_BUFFERED);
    }
    // The gate forwards what is held when the connection ends.
    seen.to_client.extend(tracker.release());
    assert!(!tracker.is_holding());
    seen.incomplete = tracker.buffered();
    assert_eq!(seen.to_client, service, "responses are forwarded unchanged");
    seen
}

/// Splits bytes into pieces of these sizes, over and over; into single bytes without sizes.
fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let size = sizes.next().unwrap_or(1).min(bytes.len());
        let (piece, rest) = bytes.split_at(size);
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
