//! All connections, and what they receive.

use super::{
    bytes::{TAKEN, framed, message, opening},
    requests::{self, Request},
};
use crate::load::connection::Connection;
use client::Transport;
use mio::{Registry, Token, net::TcpStream};
use slab::Slab;
use std::{
    collections::VecDeque,
    io,
    time::{SystemTime, UNIX_EPOCH},
};

/// Messages kept for polls that arrive later.
const HISTORY: usize = 1024;

pub(super) struct Room {
    transport: Transport,
    peers: Slab<Peer>,
    /// The last messages, and the offset of the last of them.
    messages: VecDeque<Vec<u8>>,
    last: u64,
    /// Offset up to which all streams have been written.
    written: u64,
    /// The last poll response, which most polls get, with the offsets it covers.
    answer: ((u64, u64), Vec<u8>),
}

struct Peer {
    connection: Connection,
    /// The bytes of an incomplete request.
    rest: Vec<u8>,
    /// For a subscriber: the offset it has. `None` after a poll's response, until the next poll.
    reads_after: Option<u64>,
}

impl Room {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            peers: Slab::new(),
            messages: VecDeque::new(),
            last: 0,
            written: 0,
            answer: ((0, 0), Vec::new()),
        }
    }

    pub(super) fn enter(&mut self, io: TcpStream, registry: &Registry) -> io::Result<()> {
        let entry = self.peers.vacant_entry();
        let connection = Connection::accepted(io, registry, Token(entry.key()))?;
        entry.insert(Peer {
            connection,
            rest: Vec::new(),
            reads_after: None,
        });
        Ok(())
    }

    /// Reads requests. Removes the peer if it has closed or its socket has failed.
    pub(super) fn turn(&mut self, at: usize, buffer: &mut [u8]) {
        if !self.peers.contains(at) {
            return;
        }
        if !matches!(self.hear(at, buffer), Ok(true)) {
            self.peers.remove(at);
        }
    }

    fn hear(&mut self, at: usize, buffer: &mut [u8]) -> io::Result<bool> {
        let Peer {
            connection, rest, ..
        } = &mut self.peers[at];
        connection.flush()?;
        let is_open = connection.receive(buffer, false, |piece| {
            rest.extend_from_slice(piece);
            Ok::<_, io::Error>(())
        })?;
        self.answer_all(at)?;
        Ok(is_open)
    }

    fn answer_all(&mut self, at: usize) -> io::Result<()> {
        let mut rest = std::mem::take(&mut self.peers[at].rest);
        let mut taken = 0;
        while let Some((request, length)) = requests::take(&rest[taken..]) {
            taken += length;
            match request {
                Request::Publish(text) => self.publish(at, text)?,
                Request::Read(cursor) => self.subscribe(at, cursor)?,
            }
        }
        rest.drain(..taken);
        self.peers[at].rest = rest;
        Ok(())
    }

    fn publish(&mut self, at: usize, text: &[u8]) -> io::Result<()> {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis());
        self.last += 1;
        self.messages.push_back(message(self.last, text, time));
        if self.messages.len() > HISTORY {
            self.messages.pop_front();
        }
        self.peers[at].connection.send_bytes(TAKEN)
    }

    fn subscribe(&mut self, at: usize, cursor: Option<u64>) -> io::Result<()> {
        let Self {
            transport, peers, ..
        } = self;
        peers[at].reads_after = Some(cursor.unwrap_or(self.last));
        match (*transport, cursor) {
            (Transport::Longpoll, None) => self.answer_poll(at, self.last),
            (Transport::Longpoll, Some(after)) if after < self.written => {
                self.answer_poll(at, after)
            }
            (Transport::Longpoll, Some(_)) => Ok(()),
            (stream, _) => peers[at].connection.send_bytes(opening(stream)),
        }
    }

    /// Returns whether published messages are not written yet.
    pub(super) fn is_due(&self) -> bool {
        self.written < self.last
    }

    /// Writes published messages to all subscribers.
    pub(super) fn write(&mut self) {
        let written = std::mem::replace(&mut self.written, self.last);
        let frames = framed(self.transport, &self.after(written), self.last);
        for at in 0..self.peers.capacity() {
            let Some(after) = self.peers.get(at).and_then(|peer| peer.reads_after) else {
                continue;
            };
            let done = match self.transport {
                Transport::Longpoll if after < self.last => self.answer_poll(at, after),
                Transport::Longpoll => Ok(()),
                _ => self.peers[at].connection.send_bytes(&frames),
            };
            if done.is_err() {
                self.peers.remove(at);
            }
        }
    }

    fn answer_poll(&mut self, at: usize, after: u64) -> io::Result<()> {
        let reach = (after, self.last);
        if self.answer.0 != reach || self.answer.1.is_empty() {
            self.answer = (reach, framed(self.transport, &self.after(after), self.last));
        }
        let peer = &mut self.peers[at];
        peer.reads_after = None;
        peer.connection.send_bytes(&self.answer.1)
    }

    /// Returns the messages after an offset.
    fn after(&self, offset: u64) -> Vec<&[u8]> {
        let count = (self.last.saturating_sub(offset) as usize).min(self.messages.len());
        self.messages
            .range(self.messages.len() - count..)
            .map(Vec::as_slice)
            .collect()
    }
}
