//! Stops a service without loss.

use super::Running;
use prometheus_client::metrics::gauge::Gauge;
use std::time::{Duration, Instant};

/// How long last bytes, and then requests, may take after the last disconnect.
const GRACE: Duration = Duration::from_secs(1);
/// The number of subscribers disconnected each second, if the time to drain allows it.
const DISCONNECTS_PER_SECOND: u32 = 2000;
/// How long the service reports that it is not ready, at least, before it stops accepting
/// connections. Also how long a process is still ready after another one has replaced it.
const NOTICE: Duration = Duration::from_millis(500);
/// How long connections take from the thread that accepts them to their worker threads. A busy
/// machine takes longer.
const DISPATCH_TIME: Duration = Duration::from_millis(100);
/// How often the number of what is still open is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);
/// How long [`Running::stop`] takes at most after the last disconnect: the notice, last bytes, the
/// last connections, and requests.
const STOPPED_AFTER_DISCONNECTS: Duration = NOTICE
    .saturating_add(GRACE)
    .saturating_add(GRACE)
    .saturating_add(Duration::from_millis(250));

impl Running {
    /// Stops the service.
    ///
    /// Tasks are cancelled and their channels notified. Every subscriber is disconnected. Then idle
    /// connections end, every request that has begun gets its response, and the listener closes.
    /// Meanwhile the service reports that it is not ready, and a new stream is disconnected after
    /// it has begun.
    pub async fn stop(&self) {
        self.stop_after(NOTICE).await;
    }

    /// Stops the service like [`stop`](Self::stop), but accepts connections for as long as
    /// `--drain` sets.
    ///
    /// Load balancers then notice in time that it is not ready.
    pub(super) async fn drain(&self) {
        let drain = self.service.config.server.drain;
        self.stop_after(NOTICE.max(drain)).await;
    }

    /// Stops the service while another process accepts connections from the same socket.
    pub(super) async fn retire(&self) {
        self.server.pause().await;
        // Connections accepted before reach their worker threads, and get their responses as usual.
        tokio::time::sleep(NOTICE).await;
        self.stop().await;
    }

    /// Stops the service at once. The command is sent when this is called; the future waits for the
    /// end.
    pub fn kill(&self) -> impl Future<Output = ()> + use<> {
        let killed = self.server.stop(false);
        if !self.shares_its_sockets() {
            self.sockets.shut_down();
        }
        killed
    }

    /// Returns whether the next process of this one's slot accepts from the same sockets.
    fn shares_its_sockets(&self) -> bool {
        self.service
            .member
            .as_ref()
            .is_some_and(|member| !member.is_last())
    }

    async fn stop_after(&self, notice: Duration) {
        let began = Instant::now();
        let rest_of_notice = || notice.saturating_sub(began.elapsed());
        let hub = &self.service.hub;
        let metrics = hub.metrics();
        let spread = self.disconnects_take();
        self.service.tasks.close();
        self.wait_until_zero("tasks", &metrics.tasks, GRACE).await;
        hub.drain_accepting(spread, rest_of_notice(), STOPPED_AFTER_DISCONNECTS);
        tokio::time::sleep(NOTICE).await;
        self.wait_until_zero("subscribers", &metrics.subscribers, spread + GRACE)
            .await;
        tokio::time::sleep(rest_of_notice()).await;
        self.stop_accepting().await;
        self.closing.send_replace(true);
        self.wait_until_zero("connections", &metrics.connections, GRACE)
            .await;
        self.server.stop(false).await;
    }

    /// Returns over how much time the subscribers are disconnected.
    fn disconnects_take(&self) -> Duration {
        let subscribers = self.service.hub.metrics().subscribers.get();
        let subscribers = u32::try_from(subscribers).unwrap_or(0);
        let drain = self.service.config.server.drain;
        drain.min(Duration::from_secs(1) * subscribers / DISCONNECTS_PER_SECOND)
    }

    /// Accepts the connections that wait, and then no more.
    ///
    /// One of several processes leaves its socket to the next process of its slot, together with
    /// the connections that wait there.
    async fn stop_accepting(&self) {
        if self.shares_its_sockets() {
            self.server.pause().await;
        } else {
            self.sockets.close(&self.server).await;
        }
        // The gauge counts the last connections once their worker threads have them.
        let dispatched = async {
            tokio::time::sleep(DISPATCH_TIME).await;
            self.service.hub.next_turn().await;
            self.service.hub.next_turn().await;
        };
        let _ = tokio::time::timeout(GRACE, dispatched).await;
    }

    /// Waits until a gauge is zero, for at most this time.
    async fn wait_until_zero(&self, what: &str, gauge: &Gauge, timeout: Duration) {
        let is_zero = async {
            while gauge.get() > 0 {
                tokio::time::sleep(CHECK_INTERVAL).await;
            }
        };
        if tokio::time::timeout(timeout, is_zero).await.is_err() {
            log::warn!(
                "{}: {} {what} did not end within {timeout:?}",
                self.service.transport,
                gauge.get()
            );
        }
    }
}
