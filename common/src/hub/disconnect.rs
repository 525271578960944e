//! Why readers are no more.

use super::{Channel, socket_writer::SocketWriter};
use crate::{message::MessageId, metrics::DisconnectReason};

/// Logs which peer left which channel, and how many messages it was behind.
pub(super) fn log(
    reason: DisconnectReason,
    transport: &str,
    feed: &Channel,
    writer: &SocketWriter,
    cursor: MessageId,
) {
    let (peer, channel, behind) = (writer.peer(), feed.name(), feed.behind(cursor));
    match reason {
        DisconnectReason::Left | DisconnectReason::Ended => {
            log::debug!("{transport}: {peer} is gone from {channel}, {behind} messages behind")
        }
        DisconnectReason::Slow => {
            log::debug!(
                "{transport}: cut {peer} from {channel}: it took nothing and is {behind} messages behind"
            )
        }
        DisconnectReason::Silent => {
            log::debug!("{transport}: cut {peer} from {channel}: it answers no heartbeat")
        }
    }
}
