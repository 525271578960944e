//! The times at which the last requests of a route, and their responses, were read and written.
//!
//! They show how long a request was on its way, and how long the service took to respond.

use serde::Serialize;
use std::{
    collections::VecDeque,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The number of requests that a route keeps: at least as many as polls on a fast link make in half
/// a second.
const MAX_REQUESTS: usize = 512;

/// The last requests of a route.
#[derive(Default)]
pub(super) struct RequestTimes {
    requests: VecDeque<TimedRequest>,
    /// The id of the last request.
    last: u64,
}

#[derive(Clone, Copy)]
struct TimedRequest {
    id: u64,
    connection: u64,
    /// When the gate had read its headers.
    read: Instant,
    /// When its last byte was written to the service.
    sent: Option<Instant>,
    /// When the first byte of the response was read.
    answered: Option<Instant>,
    /// When the last byte of the response so far was written to the client.
    delivered: Option<Instant>,
}

/// The requests of a route at a moment.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct RequestList {
    /// The gate's clock, in milliseconds since 1970.
    now: f64,
    pub(super) requests: Vec<RequestState>,
}

/// A request as JSON. Times are milliseconds after `at`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RequestState {
    pub(super) id: u64,
    connection: u64,
    /// When the gate had read its headers, in milliseconds since 1970.
    at: f64,
    pub(super) sent: Option<f64>,
    pub(super) answered: Option<f64>,
    pub(super) delivered: Option<f64>,
}

impl RequestTimes {
    /// Adds a request whose headers were read now. Returns its id.
    pub(super) fn begin(&mut self, connection: u64, now: Instant) -> u64 {
        self.last += 1;
        self.requests.push_back(TimedRequest {
            id: self.last,
            connection,
            read: now,
            sent: None,
            answered: None,
            delivered: None,
        });
        if self.requests.len() > MAX_REQUESTS {
            self.requests.pop_front();
        }
        self.last
    }

    /// Records that everything so far of a request was written to the service.
    pub(super) fn sent(&mut self, id: u64, now: Instant) {
        if let Some(request) = self.find(id) {
            request.sent.get_or_insert(now);
        }
    }

    /// Records that the first byte of the response was read.
    pub(super) fn answered(&mut self, id: u64, now: Instant) {
        if let Some(request) = self.find(id) {
            request.answered.get_or_insert(now);
        }
    }

    /// Records that everything so far of the response was written to the client.
    pub(super) fn delivered(&mut self, id: u64, now: Instant) {
        if let Some(request) = self.find(id).filter(|request| request.answered.is_some()) {
            request.delivered = Some(now);
        }
    }

    /// Returns the requests with a greater id, oldest first.
    pub(super) fn after(&self, id: u64) -> RequestList {
        let (instant, time) = (Instant::now(), SystemTime::now());
        let now = millis(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        let newer = self.requests.iter().filter(|request| request.id > id);
        let requests = newer.map(|request| request.state(now - millis(instant - request.read)));
        RequestList {
            now,
            requests: requests.collect(),
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut TimedRequest> {
        let newest = self.requests.iter_mut().rev();
        newest.into_iter().find(|request| request.id == id)
    }
}

impl TimedRequest {
    fn state(&self, at: f64) -> RequestState {
        let after = |time: Option<Instant>| time.map(|time| millis(time - self.read));
        RequestState {
            id: self.id,
            connection: self.connection,
            at,
            sent: after(self.sent),
            answered: after(self.answered),
            delivered: after(self.delivered),
        }
    }
}

/// Returns a duration in milliseconds, rounded to whole microseconds.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_times_of_each_part_of_its_way() {
        let mut times = RequestTimes::default();
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let id = times.begin(7, now);
        times.delivered(id, at(1));
        times.sent(id, at(50));
        times.sent(id, at(51));
        times.answered(id, at(250));
        times.answered(id, at(251));
        times.delivered(id, at(300));
        times.delivered(id, at(301));
        let [request] = &times.after(0).requests[..] else {
            panic!("one request")
        };
        assert_eq!((request.id, request.connection), (1, 7));
        assert_eq!(
            (request.sent, request.answered, request.delivered),
            (Some(50.0), Some(250.0), Some(301.0))
        );
        assert_eq!(times.after(1).requests, []);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let mut times = RequestTimes::default();
        let now = Instant::now();
        for _ in 0..2 * MAX_REQUESTS {
            times.begin(0, now);
        }
        let kept = times.after(0).requests;
        assert_eq!((kept.len(), kept[0].id), (MAX_REQUESTS, 513));
        times.sent(1, now);
    }
}
