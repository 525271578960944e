//! The buffer of a decoder.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes that arrived and are not decoded yet.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: BytesMut,
    /// A payload was taken, so the memory may be much larger than what is left.
    oversized: bool,
}

impl Buffer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the memory that is allocated, in bytes.
    pub(crate) fn allocated(&self) -> usize {
        self.bytes.capacity()
    }

    /// Returns the first bytes, at most `len`.
    pub(crate) fn front_mut(&mut self, len: usize) -> &mut [u8] {
        let len = len.min(self.bytes.len());
        &mut self.bytes[..len]
    }

    /// Drops a header, which is too short to count as oversized.
    pub(crate) fn drop_header(&mut self, len: usize) {
        self.bytes.advance(len);
    }

    /// Drops a payload.
    pub(crate) fn drop_payload(&mut self, len: usize) {
        self.oversized = true;
        self.bytes.advance(len);
    }

    /// Takes a payload without a copy.
    pub(crate) fn take_payload(&mut self, len: usize) -> BytesMut {
        self.oversized = true;
        self.bytes.split_to(len)
    }

    /// Takes a copy of a control frame's payload, which is cheaper than sharing the memory.
    pub(crate) fn copy_payload(&mut self, len: usize) -> Bytes {
        let copy = Bytes::copy_from_slice(&self.bytes[..len]);
        self.drop_payload(len);
        copy
    }

    /// Frees the memory of what was taken. The rest came with the last push, so little is copied.
    pub(crate) fn shrink(&mut self) {
        if self.oversized || self.bytes.is_empty() {
            self.bytes = BytesMut::from(&self.bytes[..]);
            self.oversized = false;
        }
    }

    /// Returns whether this many more bytes fit without an allocation.
    #[cfg(test)]
    pub(crate) fn has_room(&mut self, additional: usize) -> bool {
        self.bytes.try_reclaim(additional)
    }
}
