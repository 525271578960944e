//! What can be broken, and what that means for the connections of a lane. Only what TCP itself can do or meet: loss,
//! reordering and duplication of packets are TCP's to mend, and nobody above it ever sees them.

use super::link::Link;
use serde::Serialize;
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// A direction, as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// To the service.
    Up,
    /// From the service.
    Down,
}

/// Something that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The link takes so long each way, by so much less or more, whatever it is set to.
    Latency { delay: Duration, jitter: Duration },
    /// The link has so many bits a second each way, whatever it is set to.
    Bandwidth(NonZeroU64),
    /// All open connections get a TCP reset on both sides, once.
    Cut,
    /// Bytes vanish, and ends too; nobody is told. When it ends, connections that lost something are reset, as a host resets
    /// what it knows nothing of; the others go on.
    BlackHole,
    /// The gate stops reading from the side whose bytes go this way, as a client (down) or a service (up) that is stuck.
    Freeze(Way),
    /// Nobody listens: new connections are refused, open ones go on.
    Refuse,
    /// Open connections are reset, and each new one is answered 502 once and closed.
    BadGateway,
    /// Responses are held until there are so many bytes or they are complete, as by an intermediary that means to help. What
    /// follows an upgrade is not.
    Buffer(usize),
    /// Connections that are silent in both directions for so long are closed.
    IdleTimeout(Duration),
    /// Requests lose their `Upgrade`, as in a proxy that does not know it.
    BlockUpgrade,
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Active {
    pub(super) id: u64,
    pub(super) fault: Fault,
    /// None: until it is ended.
    pub(super) until: Option<Instant>,
}

/// What all lasting faults of a lane come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conditions {
    latency: Option<(Duration, Duration)>,
    bandwidth: Option<NonZeroU64>,
    pub(super) black_hole: bool,
    pub(super) frozen_up: bool,
    pub(super) frozen_down: bool,
    pub(super) refuse: bool,
    pub(super) bad_gateway: bool,
    pub(super) buffer: Option<usize>,
    pub(super) idle: Option<Duration>,
    pub(super) block_upgrade: bool,
}

impl Fault {
    /// The names of all, which are the same everywhere.
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

    /// Its name.
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

    /// Whether connections that are open when it begins are reset.
    pub(super) fn cuts(self) -> bool {
        matches!(self, Self::Cut | Self::BadGateway)
    }

    /// Whether one of them takes the place of the other: the same fault, though perhaps with another number.
    pub(super) fn replaces(self, other: Self) -> bool {
        self == other || (self.name() == other.name() && !matches!(self, Self::Freeze(_)))
    }
}

impl Conditions {
    pub(super) fn of(faults: &[Active]) -> Self {
        let mut all = Self::default();
        for active in faults {
            match active.fault {
                Fault::Cut => {}
                Fault::Latency { delay, jitter } => all.latency = Some((delay, jitter)),
                Fault::Bandwidth(bits) => all.bandwidth = Some(bits),
                Fault::BlackHole => all.black_hole = true,
                Fault::Freeze(Way::Up) => all.frozen_up = true,
                Fault::Freeze(Way::Down) => all.frozen_down = true,
                Fault::Refuse => all.refuse = true,
                Fault::BadGateway => all.bad_gateway = true,
                Fault::Buffer(bytes) => all.buffer = Some(bytes),
                Fault::IdleTimeout(after) => all.idle = Some(after),
                Fault::BlockUpgrade => all.block_upgrade = true,
            }
        }
        all
    }

    /// What a link is that is set to this.
    pub(super) fn link(&self, set: Link) -> Link {
        let (delay, jitter) = self.latency.unwrap_or((set.delay, set.jitter));
        Link {
            delay,
            jitter,
            bandwidth: self.bandwidth.or(set.bandwidth),
        }
    }

    pub(super) fn frozen(&self, way: Way) -> bool {
        match way {
            Way::Up => self.frozen_up,
            Way::Down => self.frozen_down,
        }
    }
}
