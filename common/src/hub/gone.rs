//! Why readers are no more.

use super::{Feed, line::Line};
use crate::message::Id;

/// Why a reader is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Gone {
    /// It closed the connection, or the network did.
    Left,
    /// The service ended the stream: after a close handshake, or because it is stopping.
    Ended,
    /// It took nothing for too long.
    Slow,
    /// It answered no heartbeat.
    Silent,
}

impl Gone {
    /// Says who is gone from where, and how far it was behind.
    pub(super) fn log(self, transport: &str, feed: &Feed, line: &Line, position: Id) {
        let (peer, channel, behind) = (line.peer(), feed.channel(), feed.behind(position));
        match self {
            Self::Left | Self::Ended => {
                log::debug!("{transport}: {peer} is gone from {channel}, {behind} messages behind")
            }
            Self::Slow => {
                log::debug!("{transport}: cut {peer} from {channel}: it took nothing and is {behind} messages behind")
            }
            Self::Silent => log::debug!("{transport}: cut {peer} from {channel}: it answers no heartbeat"),
        }
    }
}
