//! The publishers of a load: connections with one publication in flight each.

use super::{
    clock,
    connection::{Connection, Received},
    counters::Counters,
    decoder::{Decoder, Event},
    engine::Place,
    stamp::Stamp,
};
use client::Transport;
use mio::Token;
use std::{collections::VecDeque, io, time::Duration};
use wire::frames::{self, Opcode};

/// Most connections of publishers. Further publications wait for a free one.
const MOST: usize = 64;
/// First token of publishers. Lower tokens belong to subscribers.
pub(super) const FIRST_TOKEN: usize = 1 << 40;

/// How messages are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// As POST requests on persistent connections.
    Post,
    /// As frames on WebSockets.
    Frame,
}

pub(super) struct Publishers {
    via: Via,
    size: usize,
    lanes: Vec<Lane>,
    waiting: VecDeque<Stamp>,
}

struct Lane {
    connection: Connection,
    decoder: Decoder,
    /// Whether it is ready to publish.
    open: bool,
    /// Whether it was used before.
    used: bool,
    /// The publication in flight: its number, and when it was sent.
    sent: Option<(u64, Duration)>,
}

impl Publishers {
    /// Creates publishers of messages with texts of `size` bytes.
    pub(super) fn new(via: Via, size: usize) -> Self {
        Self {
            via,
            size,
            lanes: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Publishes a message as soon as a connection is free.
    pub(super) fn publish(&mut self, stamp: Stamp, place: &Place) -> io::Result<()> {
        self.waiting.push_back(stamp);
        if self.lanes.len() < MOST && !self.lanes.iter().any(Lane::is_free) {
            let token = Token(FIRST_TOKEN + self.lanes.len());
            self.lanes.push(Lane::open(self.via, place, token)?);
        }
        self.pump(place)
    }

    /// Returns whether every publication has its acknowledgement.
    pub(super) fn idle(&self) -> bool {
        self.waiting.is_empty() && self.lanes.iter().all(|lane| lane.sent.is_none())
    }

    /// Reads responses. Returns the number of a message that was acknowledged.
    pub(super) fn turn(
        &mut self,
        at: usize,
        place: &Place,
        buffer: &mut [u8],
        counters: &mut Counters,
    ) -> Result<Option<u64>, String> {
        let Some(lane) = self.lanes.get_mut(at) else {
            return Ok(None);
        };
        let taken = lane
            .turn(buffer, counters)
            .map_err(|error| format!("publishing: {error}"))?;
        self.pump(place)
            .map_err(|error| format!("publishing: {error}"))?;
        Ok(taken)
    }

    fn pump(&mut self, place: &Place) -> io::Result<()> {
        let Self {
            via,
            size,
            lanes,
            waiting,
        } = self;
        for (at, lane) in lanes
            .iter_mut()
            .enumerate()
            .filter(|(_, lane)| lane.is_free())
        {
            let Some(stamp) = waiting.pop_front() else {
                break;
            };
            lane.send(*via, (stamp, *size), place, Token(FIRST_TOKEN + at))?;
        }
        Ok(())
    }
}

impl Lane {
    fn open(via: Via, place: &Place, token: Token) -> io::Result<Self> {
        let address = if via == Via::Post {
            place.publish_address
        } else {
            place.address
        };
        let mut connection = Connection::open(address, &place.registry, token)?;
        let (decoder, open) = match via {
            Via::Post => (Decoder::responses(), true),
            Via::Frame => {
                connection.send(|out| place.target.subscribe(b"", out))?;
                (Decoder::new(Transport::Ws), false)
            }
        };
        Ok(Self {
            connection,
            decoder,
            open,
            used: false,
            sent: None,
        })
    }

    fn is_free(&self) -> bool {
        self.open && self.sent.is_none()
    }

    fn send(
        &mut self,
        via: Via,
        (stamp, size): (Stamp, usize),
        place: &Place,
        token: Token,
    ) -> io::Result<()> {
        let text = stamp.text(size);
        let now = clock::now();
        if via == Via::Post && place.target.new_connections && self.used {
            *self = Self::open(via, place, token)?;
        }
        (self.sent, self.used) = (Some((stamp.number, now)), true);
        self.connection.send(|out| match via {
            Via::Post => place.target.post(&text, out),
            Via::Frame => {
                let number = stamp.number;
                let publish = format!(r#"{{"publish":{{"message":"{text}"}},"ref":{number}}}"#);
                frames::write(Opcode::Text, publish.as_bytes(), out);
            }
        })
    }

    fn turn(&mut self, buffer: &mut [u8], counters: &mut Counters) -> Result<Option<u64>, String> {
        self.connection.flush().map_err(|error| error.to_string())?;
        let mut acknowledged = None;
        loop {
            let (piece, more) = match self
                .connection
                .receive(buffer)
                .map_err(|error| error.to_string())?
            {
                Received::Nothing => return Ok(acknowledged),
                // After `Connection: close`, or between publications. The next one uses a new
                // connection.
                Received::End if self.sent.is_none() => {
                    self.used = true;
                    return Ok(acknowledged);
                }
                Received::End => return Err("the server ended the connection".to_owned()),
                Received::More(piece) => (piece, true),
                Received::Last(piece) => (piece, false),
            };
            let heard = hear(&mut self.decoder, piece)?;
            self.open |= heard.opened;
            if !heard.pings.is_empty() {
                self.connection
                    .send(|out| {
                        for ping in &heard.pings {
                            frames::write(Opcode::Pong, ping, out);
                        }
                    })
                    .map_err(|error| error.to_string())?;
            }
            acknowledged = acknowledged.or(heard
                .answer
                .and_then(|taken| self.answered(taken, counters)));
            if !more {
                return Ok(acknowledged);
            }
        }
    }

    fn answered(&mut self, taken: bool, counters: &mut Counters) -> Option<u64> {
        let (number, at) = self.sent.take()?;
        if !taken {
            counters.refused += 1;
            return None;
        }
        counters.acknowledged += 1;
        counters.publication.record(clock::now().saturating_sub(at));
        Some(number)
    }
}

/// What the bytes of one read mean to a publisher.
#[derive(Default)]
struct Heard {
    opened: bool,
    answer: Option<bool>,
    pings: Vec<Vec<u8>>,
}

fn hear(decoder: &mut Decoder, piece: &[u8]) -> Result<Heard, String> {
    let mut heard = Heard::default();
    decoder
        .feed(piece, &mut |event| match event {
            Event::Opened => heard.opened = true,
            Event::Response { .. } => heard.answer = Some(true),
            Event::Published { accepted } => heard.answer = Some(accepted),
            Event::Ping(payload) => heard.pings.push(payload.to_vec()),
            // A publisher on a WebSocket is also subscribed, but its messages are not counted.
            Event::Message(..) | Event::Cursor(_) | Event::Reset | Event::ReconnectAfter(_) => {}
        })
        .map_err(|error| error.to_string())?;
    Ok(heard)
}
