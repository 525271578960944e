//! Decides which bytes of one connection a capture may show: those before the first message that may
//! contain a secret.

use super::{fault::Direction, harmless_headers};
use support::secrets::SHOWN_PARAMETERS;
use wire::{
    framing::{Framing, FramingEvent},
    head::{Body, Head, MessageKind},
};

#[cfg(test)]
mod tests;

/// Follows the bytes of one connection.
pub(super) struct Recorder {
    up: Framing,
    down: Framing,
    /// Whether a message may have contained a secret. Nothing more is shown.
    stopped: bool,
}

/// What is known of a segment, and of the segments before it in its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// They contain no secret.
    Harmless,
    /// The last headers are incomplete.
    Unknown,
    /// There may be a secret in this segment, and in those of either direction that are unknown.
    Secret,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            up: Framing::new(MessageKind::Requests),
            down: Framing::new(MessageKind::Responses),
            stopped: false,
        }
    }

    /// Returns what is known of the bytes that were read in this direction.
    pub(super) fn record(&mut self, direction: Direction, bytes: &[u8]) -> Finding {
        if self.stopped {
            return Finding::Secret;
        }
        let (framing, other) = match direction {
            Direction::Up => (&mut self.up, &mut self.down),
            Direction::Down => (&mut self.down, &mut self.up),
        };
        if find_secret(framing, bytes, other) {
            self.stop();
            return Finding::Secret;
        }
        if framing.within_headers() {
            Finding::Unknown
        } else {
            Finding::Harmless
        }
    }

    fn stop(&mut self) {
        *self = Self::new();
        self.stopped = true;
    }
}

/// Returns whether these bytes may contain a secret: a header or a parameter that is not known to
/// be harmless, or bytes that are not HTTP. A tunnel may begin behind an incomplete request: nobody
/// checks its headers any more.
fn find_secret(framing: &mut Framing, bytes: &[u8], other: &mut Framing) -> bool {
    let was_http = !framing.in_rest();
    let (mut is_private, mut may_end_http) = (false, false);
    framing.feed(bytes, |event| match event {
        FramingEvent::Headers(head) => {
            is_private |= may_contain_secret(&head);
            may_end_http = head.status().is_some() && head.body() == Body::UntilClose;
            if head.status().is_none() {
                other.expect_response(head.method());
            }
        }
        FramingEvent::Tunnel(head) => {
            is_private |= may_contain_secret(&head) || other.within_headers();
            may_end_http = true;
            other.tunnel();
        }
        FramingEvent::End => {}
    });
    is_private || (was_http && framing.in_rest() && !may_end_http)
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
