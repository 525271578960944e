//! Waits for facts, and fails the test if they do not come.

use std::time::Duration;

/// The time after which a test gives up waiting. Far longer than any step takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a future, and fails the test after [`PATIENCE`].
///
/// # Panics
///
/// If the future is not ready in time; `what` is in the message.
pub async fn patient<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Waits until a condition is true, and fails the test after [`PATIENCE`].
///
/// # Panics
///
/// If the condition is not true in time; `what` is in the message.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    patient(what, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
