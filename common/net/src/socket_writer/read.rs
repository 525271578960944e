//! Reads a socket, as far as its events say that there is something.

use super::SocketWriter;
use crate::{DisconnectReason, PeerEnd};
use std::io::{ErrorKind::WouldBlock, Read};

impl SocketWriter {
    /// Reads into `buffer` and returns how many bytes there were.
    ///
    /// Returns `None` if there are none yet; the owner has a turn when some arrive.
    ///
    /// # Errors
    ///
    /// Returns why the connection is lost.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, DisconnectReason> {
        if !self.readiness.is_readable {
            return Ok(None);
        }
        match (&self.io).read(buffer) {
            Ok(0) => Err(self.lost_reason()),
            Ok(length) => {
                // Less than there is room for is all there is, except for the end.
                self.readiness.is_readable =
                    length == buffer.len() || self.readiness.is_read_closed;
                Ok(Some(length))
            }
            Err(error) if error.kind() == WouldBlock => {
                self.readiness.is_readable = false;
                Ok(None)
            }
            Err(_) => Err(self.lost_reason()),
        }
    }

    /// Returns how the peer ended the connection, without reading from it.
    ///
    /// Returns `None` while it is open; the owner has a turn when it has ended.
    pub fn peer_end(&self) -> Option<PeerEnd> {
        if self.readiness.is_write_closed {
            Some(PeerEnd::Reset)
        } else {
            self.readiness.is_read_closed.then_some(PeerEnd::Closed)
        }
    }
}
