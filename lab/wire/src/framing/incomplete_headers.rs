//! Headers of which some bytes are missing: where they end, and whether they can still become a
//! message. The time is linear in the number of bytes, in however many pieces they arrive.

use crate::head::{Head, MAX_HEAD_BYTES, MessageKind};
use memchr::{memchr_iter, memrchr};

/// Returns the number of bytes up to and including the empty line that ends headers, which begin
/// with `before`. Reads only the new bytes.
pub(super) fn length_of_rest(before: &[u8], bytes: &[u8]) -> Option<usize> {
    let mut begin = 0;
    for end in memchr_iter(b'\n', bytes) {
        let is_empty = match &bytes[begin..end] {
            b"" if begin == 0 => before.ends_with(b"\n") || before.ends_with(b"\n\r"),
            b"\r" if begin == 0 => before.ends_with(b"\n"),
            line => matches!(line, b"" | b"\r"),
        };
        begin = end + 1;
        if is_empty {
            return Some(begin);
        }
    }
    None
}

/// Returns whether more bytes may complete these headers, of which the first `before` bytes were
/// checked.
pub(super) fn may_become_headers(kind: MessageKind, headers: &[u8], before: usize) -> bool {
    let checked = &headers[..checked_length(headers, before)];
    headers.len() <= MAX_HEAD_BYTES && (checked.is_empty() || Head::parse(kind, checked).is_ok())
}

/// Returns how many bytes of incomplete headers to parse, or 0 if these are known from `before`.
/// Headers are parsed after each line and each doubling, so that other protocols are found early,
/// and in the same place for any pieces.
pub(super) fn checked_length(headers: &[u8], before: usize) -> usize {
    let lines = memrchr(b'\n', &headers[before..]).map_or(0, |end| before + end + 1);
    let doubled = headers.len().checked_ilog2().map_or(0, |log| 1 << log);
    let checked = lines.max(doubled);
    if checked > before { checked } else { 0 }
}
