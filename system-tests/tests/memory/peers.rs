//! Many connections of one attacker, which send much and read only on request.

use crate::service::Service;
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

/// The attack is complete after this time without progress.
const QUIET: Duration = Duration::from_millis(300);
/// The longest duration of an attack.
const MOST: Duration = Duration::from_secs(8);

pub(crate) struct Peers(Vec<TcpStream>);

impl Peers {
    pub(crate) fn connect(service: &Service, count: usize) -> Self {
        let connect = |_| {
            let peer = TcpStream::connect(service.address()).unwrap();
            peer.set_nonblocking(true).unwrap();
            peer
        };
        Self((0..count).map(connect).collect())
    }

    /// Sends these bytes on each connection, as far as the service reads them. A refused connection
    /// sends no more.
    pub(crate) fn send(&mut self, words: impl Fn(usize) -> Vec<u8>) {
        let mut said = vec![0; self.0.len()];
        until_quiet(|| {
            let mut moved = false;
            for (at, peer) in self.0.iter_mut().enumerate() {
                let words = words(at);
                while said[at] < words.len() {
                    match peer.write(&words[said[at]..]) {
                        Ok(length) => (said[at], moved) = (said[at] + length, true),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(_) => said[at] = usize::MAX,
                    }
                }
            }
            moved
        });
    }

    /// Reads everything that has arrived.
    pub(crate) fn read_all(&mut self) {
        let mut scratch = vec![0; 64 * 1024];
        until_quiet(|| {
            let mut moved = false;
            for peer in &mut self.0 {
                while let Ok(1..) = peer.read(&mut scratch) {
                    moved = true;
                }
            }
            moved
        });
    }
}

fn until_quiet(mut turn: impl FnMut() -> bool) {
    let (began, mut moved) = (Instant::now(), Instant::now());
    while moved.elapsed() < QUIET && began.elapsed() < MOST {
        if turn() {
            moved = Instant::now();
        } else {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
