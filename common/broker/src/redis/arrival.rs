//! The arrival of a message that a node of a cluster has accepted: its reply to the publisher is on
//! another connection than the message.

use super::{broker_state::BrokerState, target::TIMEOUT};
use common::message::{ChannelName, MessageId};
use tokio::time::timeout;

impl BrokerState {
    /// Waits until the hubs have a message that a node has accepted, so that its publisher reads
    /// it from now on. Ends at once if this process does not receive the channel, and after
    /// [`TIMEOUT`] if the message does not arrive: the connection may have broken.
    pub(super) async fn arrival(&self, channel: &ChannelName, id: MessageId) {
        let _ = timeout(TIMEOUT, async {
            loop {
                // Created before the check, so that no arrival is missed in between.
                let arrival = self.arrivals.notified();
                if !self.subscriptions().expects(channel, id) {
                    return;
                }
                arrival.await;
            }
        })
        .await;
    }

    /// Wakes those that wait, after messages have arrived or a channel has to be loaded.
    pub(super) fn report_arrival(&self) {
        self.arrivals.notify_waiters();
    }
}
