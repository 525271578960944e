//! The faults that the gate injects, and their combined effect on a route.
//!
//! A fault is something that TCP itself can do or meet. Loss, reordering and duplication of
//! packets are not here: TCP repairs them, so no application sees them.

use super::{http_tracker::HttpFaults, link::Link};
use serde::{Deserialize, Serialize};
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// A direction of a connection, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// To the service.
    Up,
    /// From the service.
    Down,
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Replaces the link's delay and jitter, each way.
    Latency { delay: Duration, jitter: Duration },
    /// Replaces the link's bandwidth, in bits a second, each way.
    Bandwidth(NonZeroU64),
    /// Resets all open connections on both sides (TCP reset), once.
    Cut,
    /// Drops all bytes and ends of connections silently. When the fault ends, connections that
    /// lost something are reset, like those of a host that restarted; the others continue.
    BlackHole,
    /// Stops reading bytes in this direction: a stuck client (down) or a stuck service (up).
    Freeze(Direction),
    /// Refuses new connections; open ones continue.
    Refuse,
    /// Resets open connections. New ones get one 502 response and are closed.
    BadGateway,
    /// Holds a response until it is complete or this many bytes long, like a buffering proxy.
    /// Bytes after an upgrade are not held.
    Buffer(usize),
    /// Closes connections that were silent in both directions for this time.
    IdleTimeout(Duration),
    /// Removes `Upgrade` from requests, like a proxy that does not support it.
    BlockUpgrade,
}

/// A fault that is in effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActiveFault {
    pub(super) id: u64,
    pub(super) fault: Fault,
    /// `None` if it lasts until it is ended.
    pub(super) until: Option<Instant>,
}

/// The combined effect of all active faults of a route.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conditions {
    latency: Option<(Duration, Duration)>,
    bandwidth: Option<NonZeroU64>,
    pub(super) black_hole: bool,
    /// Indexed by [`Direction`].
    frozen: [bool; 2],
    pub(super) refuse: bool,
    pub(super) bad_gateway: bool,
    pub(super) idle: Option<Duration>,
    pub(super) http: HttpFaults,
}

impl Direction {
    /// Returns the direction that one of two flags names.
    pub(super) fn of_flags(up: bool, down: bool) -> Option<Self> {
        up.then_some(Self::Up)
            .or_else(|| down.then_some(Self::Down))
    }
}

impl Fault {
    /// Names of all faults, in the order of [`Fault::name`].
    pub(crate) const NAMES: [&str; 10] = [
        "latency",
        "bandwidth",
        "cut",
        "black-hole",
        "freeze",
        "refuse",
        "bad-gateway",
        "buffer",
        "idle-timeout",
        "block-upgrade",
    ];

    /// Returns the name of the fault, as the API and the page use it.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[match self {
            Self::Latency { .. } => 0,
            Self::Bandwidth(_) => 1,
            Self::Cut => 2,
            Self::BlackHole => 3,
            Self::Freeze(_) => 4,
            Self::Refuse => 5,
            Self::BadGateway => 6,
            Self::Buffer(_) => 7,
            Self::IdleTimeout(_) => 8,
            Self::BlockUpgrade => 9,
        }]
    }

    /// Returns whether the fault resets open connections when it starts.
    pub(super) fn cuts(self) -> bool {
        matches!(self, Self::Cut | Self::BadGateway)
    }

    /// Returns whether this fault replaces `other`: the same fault, perhaps with other values.
    pub(super) fn replaces(self, other: Self) -> bool {
        self == other || (self.name() == other.name() && !matches!(self, Self::Freeze(_)))
    }
}

impl Conditions {
    pub(super) fn of(faults: &[ActiveFault]) -> Self {
        let mut all = Self::default();
        for active in faults {
            match active.fault {
                Fault::Cut => {}
                Fault::Latency { delay, jitter } => all.latency = Some((delay, jitter)),
                Fault::Bandwidth(bits) => all.bandwidth = Some(bits),
                Fault::BlackHole => all.black_hole = true,
                Fault::Freeze(direction) => all.frozen[direction as usize] = true,
                Fault::Refuse => all.refuse = true,
                Fault::BadGateway => all.bad_gateway = true,
                Fault::Buffer(bytes) => all.http.buffer = Some(bytes),
                Fault::IdleTimeout(after) => all.idle = Some(after),
                Fault::BlockUpgrade => all.http.block_upgrade = true,
            }
        }
        all
    }

    /// Returns the link that is in effect when `set` is configured.
    pub(super) fn link(&self, set: Link) -> Link {
        let (delay, jitter) = self.latency.unwrap_or((set.delay, set.jitter));
        Link {
            delay,
            jitter,
            bandwidth: self.bandwidth.or(set.bandwidth),
        }
    }

    pub(super) fn frozen(&self, direction: Direction) -> bool {
        self.frozen[direction as usize]
    }
}
