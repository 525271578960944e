//! The requests of a connection that have no response yet. Responses arrive in the order of the
//! requests, and the method of a request changes how its response ends (RFC 9112 section 6.3).

use std::collections::VecDeque;

/// Most requests in flight whose method changes how the response ends.
const MAX_SPECIAL: usize = 1024;

/// What the method of a request means for its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The response has no body.
    Head,
    /// A tunnel follows a successful response.
    Connect,
    /// The headers of the response say how it ends.
    Other,
}

/// Requests in flight. Keeps only those whose method changes how the response ends.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    requests: u64,
    /// Final responses, of which each belongs to a request.
    responses: u64,
    /// The number and the method of each request that is kept, oldest first.
    special: VecDeque<(u64, Method)>,
    overflowed: bool,
}

impl InFlight {
    /// Adds the next request.
    pub(super) fn push(&mut self, method: &str) {
        let method = match method {
            "HEAD" => Method::Head,
            "CONNECT" => Method::Connect,
            _ => Method::Other,
        };
        if method != Method::Other {
            self.overflowed |= self.special.len() == MAX_SPECIAL;
            if !self.overflowed {
                self.special.push_back((self.requests, method));
            }
        }
        self.requests += 1;
    }

    /// Returns the method of the oldest request, or `None` if there were too many to know.
    pub(super) fn oldest(&self) -> Option<Method> {
        if self.overflowed {
            return None;
        }
        let oldest = self.special.front();
        let method = oldest.filter(|(number, _)| *number == self.responses);
        Some(method.map_or(Method::Other, |(_, method)| *method))
    }

    /// Removes the oldest request: its final response has begun.
    pub(super) fn pop(&mut self) {
        let oldest = self.special.front();
        if oldest.is_some_and(|(number, _)| *number == self.responses) {
            self.special.pop_front();
        }
        // A service may respond to no request, such as when a client is silent for too long.
        self.responses = self.requests.min(self.responses + 1);
    }
}
