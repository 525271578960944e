//! Polls that wait in actix.

use actix_web::{HttpResponse, http::ConnectionType, rt::time::sleep};
use service::http::AppState;
use std::time::Duration;

/// The wait of a poll that arrives during a drain. Its client polls again as soon as it gets the
/// response.
const DRAIN_WAIT: Duration = Duration::from_millis(500);

/// Waits in actix until there is something to respond with, at most until the poll or its token
/// ends, or the service drains.
pub(crate) async fn wait(
    service: &AppState,
    max_wait: Duration,
    expires_in: Option<Duration>,
    changed: impl Future<Output = ()>,
) {
    if service.hub.is_draining() {
        return sleep(max_wait.min(DRAIN_WAIT)).await;
    }
    // The wait also ends when the token expires. The next poll is then refused.
    let max_wait = expires_in.map_or(max_wait, |left| max_wait.min(left));
    tokio::select! {
        biased;
        () = changed => {}
        () = service.hub.drained() => {}
        () = sleep(max_wait) => {}
    }
}

/// Asks the client of a draining service to connect again.
pub(crate) fn close_if_draining(response: &mut HttpResponse, service: &AppState) {
    if service.hub.is_draining() {
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}
