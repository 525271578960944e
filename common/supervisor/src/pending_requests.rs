//! Matches responses of the control protocol to their requests.

use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// Requests without a response yet.
#[derive(Debug)]
pub(super) struct PendingRequests<T>(Mutex<Pending<T>>);

#[derive(Debug)]
struct Pending<T> {
    /// The number of the latest request.
    latest: u64,
    responses: HashMap<u64, oneshot::Sender<T>>,
}

impl<T> Default for PendingRequests<T> {
    fn default() -> Self {
        Self(Mutex::new(Pending {
            latest: 0,
            responses: HashMap::new(),
        }))
    }
}

impl<T> PendingRequests<T> {
    /// Adds a request. Returns its number and the future of its response.
    pub(super) fn begin(&self) -> (u64, oneshot::Receiver<T>) {
        let mut pending = self.0.lock();
        let (sender, response) = oneshot::channel();
        // Requests that have timed out.
        pending.responses.retain(|_, sender| !sender.is_closed());
        pending.latest += 1;
        let request = pending.latest;
        pending.responses.insert(request, sender);
        (request, response)
    }

    /// Completes a request. Does nothing if it has timed out.
    pub(super) fn complete(&self, request: u64, response: T) {
        let sender = self.0.lock().responses.remove(&request);
        if let Some(sender) = sender {
            let _ = sender.send(response);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn responses_complete_their_requests_in_any_order() {
        let requests = PendingRequests::default();
        let (late, timed_out) = requests.begin();
        let (first, one) = requests.begin();
        let (second, two) = requests.begin();
        drop(timed_out);
        requests.complete(second, "two");
        requests.complete(first, "one");
        requests.complete(late, "late");
        assert_eq!((one.await, two.await), (Ok("one"), Ok("two")));
        assert!(requests.0.lock().responses.is_empty());
    }
}
