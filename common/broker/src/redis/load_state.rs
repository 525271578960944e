//! The load of one channel's history: whether one is needed, requested or running.

use super::replies::KnownMessage;

/// What the caller must do next about a channel.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum NextStep {
    Nothing,
    /// Load the channel's history: [`Subscriptions::begin_load`].
    ///
    /// [`Subscriptions::begin_load`]: super::subscriptions::Subscriptions::begin_load
    Load,
}

/// Describes the history that a load must return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoadRequest {
    /// Identifies the load: loads are numbered from 1.
    pub(super) number: u64,
    /// The newest message that was delivered to the hubs.
    pub(super) last: Option<KnownMessage>,
    /// Whether a hub needs the whole history, and not just what comes after `last`.
    pub(super) all: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LoadState {
    #[default]
    Idle,
    /// A load was requested and has not begun.
    Requested,
    /// The load with this number is running.
    Running {
        number: u64,
        /// Whether another one is needed after it.
        again: bool,
    },
}

impl LoadState {
    /// Requests a load, unless one has not begun yet.
    pub(super) fn request(&mut self) -> NextStep {
        match self {
            Self::Idle => {
                *self = Self::Requested;
                return NextStep::Load;
            }
            Self::Requested => {}
            Self::Running { again, .. } => *again = true,
        }
        NextStep::Nothing
    }

    /// Begins the load that was requested. Returns whether one was.
    pub(super) fn begin(&mut self, number: u64) -> bool {
        let is_requested = *self == Self::Requested;
        if is_requested {
            *self = Self::Running {
                number,
                again: false,
            };
        }
        is_requested
    }

    /// Ends the load with this number and returns whether another is needed. Returns `None` if it
    /// is not the running one.
    pub(super) fn end(&mut self, number: u64) -> Option<bool> {
        match *self {
            Self::Running {
                number: running,
                again,
            } if running == number => {
                *self = Self::Idle;
                Some(again)
            }
            _ => None,
        }
    }
}
