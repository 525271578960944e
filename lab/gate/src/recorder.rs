//! Records one connection for a capture, until a message may contain a secret.

use super::{capture::CapturedSegment, fault::Direction, harmless_headers};
use std::mem;
use support::secrets::SHOWN_PARAMETERS;
use wire::{
    framing::{Framing, FramingEvent},
    head::{Body, Head, MessageKind},
};

#[cfg(test)]
mod tests;

/// Records the bytes of one connection.
pub(super) struct Recorder {
    up: HalfRecorder,
    down: HalfRecorder,
    /// Whether a message may have contained a secret. Nothing more is recorded.
    stopped: bool,
}

/// Records one direction.
struct HalfRecorder {
    framing: Framing,
    /// Segments with incomplete headers.
    pending: Vec<CapturedSegment>,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            up: HalfRecorder::new(MessageKind::Requests),
            down: HalfRecorder::new(MessageKind::Responses),
            stopped: false,
        }
    }

    /// Records a segment. Returns the segments that are known to contain no secret.
    pub(super) fn record(
        &mut self,
        segment: CapturedSegment,
        bytes: &[u8],
    ) -> Vec<CapturedSegment> {
        if self.stopped {
            return Vec::new();
        }
        let (half, other) = match segment.direction() {
            Direction::Up => (&mut self.up, &mut self.down),
            Direction::Down => (&mut self.down, &mut self.up),
        };
        if half.find_secret(bytes, &mut other.framing) {
            self.stop();
            return Vec::new();
        }
        half.pending.push(segment);
        if half.framing.within_headers() {
            return Vec::new();
        }
        mem::take(&mut half.pending)
    }

    fn stop(&mut self) {
        *self = Self::new();
        self.stopped = true;
    }
}

impl HalfRecorder {
    fn new(kind: MessageKind) -> Self {
        Self {
            framing: Framing::new(kind),
            pending: Vec::new(),
        }
    }

    /// Returns whether these bytes may contain a secret: a header or a parameter that is not known
    /// to be harmless, or bytes that are not HTTP.
    fn find_secret(&mut self, bytes: &[u8], other: &mut Framing) -> bool {
        let was_http = !self.framing.in_rest();
        let (mut is_private, mut may_end_http) = (false, false);
        self.framing.feed(bytes, |event| {
            if let FramingEvent::Headers(head) = event {
                is_private |= may_contain_secret(&head);
                may_end_http = head.switches_protocol() || head.body() == Body::UntilClose;
                if head.switches_protocol() {
                    other.tunnel();
                } else if head.method() == "HEAD" {
                    other.expect_no_body();
                }
            }
        });
        is_private || (was_http && self.framing.in_rest() && !may_end_http)
    }
}

/// Returns whether a message has a header or a parameter that is not known to be harmless.
fn may_contain_secret(head: &Head<'_>) -> bool {
    let is_harmless = |(name, value): &(&str, &[u8])| {
        if name.eq_ignore_ascii_case("referer") {
            // A URL may have a query or a password.
            return !value.iter().any(|byte| matches!(byte, b'?' | b'@'));
        }
        harmless_headers::contains(name)
    };
    has_private_target(head.target()) || !head.headers().iter().all(is_harmless)
}

/// Returns whether a target has an unknown parameter, or is a URL, which may contain a password.
fn has_private_target(target: &str) -> bool {
    let Some((path, query)) = target.split_once('?') else {
        return !matches!(target, "" | "*") && !is_plain_path(target);
    };
    let is_known = |parameter: &str| {
        let name = parameter.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| SHOWN_PARAMETERS.contains(&name))
    };
    !is_plain_path(path) || !query.split('&').all(is_known)
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains(';')
}
