//! One socket of the load.

use mio::{Interest, Registry, Token, net::TcpStream};
use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    time::Duration,
};

/// On one machine a connection is there at once, or there is nobody.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Connection {
    io: TcpStream,
    /// What the socket has not taken yet.
    out: Vec<u8>,
}

/// What there is to read.
pub(super) enum Received<'a> {
    /// Fewer bytes than fit: there are no more for now, and an event will tell of the next.
    Last(&'a [u8]),
    More(&'a [u8]),
    Nothing,
    End,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let io = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
        io.set_nodelay(true)?;
        io.set_nonblocking(true)?;
        let mut io = TcpStream::from_std(io);
        registry.register(&mut io, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { io, out: Vec::new() })
    }

    /// Sends what `write` appends; what the socket does not take now leaves when it is writable.
    pub(super) fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        write(&mut self.out);
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.io.write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn receive<'a>(&mut self, buffer: &'a mut [u8]) -> io::Result<Received<'a>> {
        match self.io.read(buffer) {
            Ok(0) => Ok(Received::End),
            Ok(length) if length < buffer.len() => Ok(Received::Last(&buffer[..length])),
            Ok(length) => Ok(Received::More(&buffer[..length])),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Nothing),
            Err(error) => Err(error),
        }
    }
}
