//! A non-blocking socket of the load.

use bytes::{Buf, BytesMut};
use mio::{Interest, Registry, Token, net::TcpStream};
use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    time::Duration,
};

/// Timeout to connect. On one machine a connection succeeds or fails at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Connection {
    io: TcpStream,
    /// Bytes that the socket has not accepted yet.
    out: BytesMut,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let io = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
        io.set_nodelay(true)?;
        io.set_nonblocking(true)?;
        Self::register(TcpStream::from_std(io), registry, token)
    }

    pub(crate) fn accepted(io: TcpStream, registry: &Registry, token: Token) -> io::Result<Self> {
        io.set_nodelay(true)?;
        Self::register(io, registry, token)
    }

    fn register(mut io: TcpStream, registry: &Registry, token: Token) -> io::Result<Self> {
        registry.register(&mut io, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            io,
            out: BytesMut::new(),
        })
    }

    /// Sends these bytes. Copies only those that the socket does not accept now.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.out.is_empty() {
            self.out.extend_from_slice(bytes);
            return self.flush();
        }
        let written = match self.io.write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.out.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// Sends what `write` appends. The rest is sent when the socket is writable.
    pub(crate) fn send(&mut self, write: impl FnOnce(&mut BytesMut)) -> io::Result<()> {
        write(&mut self.out);
        self.flush()
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.io.write(&self.out) {
                Ok(written) => self.out.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Passes everything that can be read now to `read`. With `to_the_end`, the server has closed the
    /// connection. Returns `false` if nothing more can follow.
    pub(crate) fn receive<E: From<io::Error>>(
        &mut self,
        buffer: &mut [u8],
        to_the_end: bool,
        mut read: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        loop {
            let length = match self.io.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error.into()),
            };
            read(&buffer[..length])?;
            // Fewer bytes than fit the buffer: nothing more to read now, the next event is armed.
            if length < buffer.len() && !to_the_end {
                return Ok(true);
            }
        }
    }
}
