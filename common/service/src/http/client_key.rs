//! What the limits of clients are counted by.

use super::SubjectId;
use std::net::IpAddr;

/// What limits are counted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClientKey {
    Address(IpAddr),
    SubjectId(SubjectId),
}
