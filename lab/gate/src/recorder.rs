//! Records one connection for a capture, until a message may contain a secret.

use super::{capture::CapturedSegment, fault::Direction, harmless_headers};
use std::mem;
use support::secrets::SHOWN_PARAMETERS;
use wire::{
    framing::{Framing, FramingEvent},
    head::{Body, Head, MessageKind},
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    /// Returns what is recorded of pieces from the client.
    fn recorded(pieces: &[&[u8]]) -> String {
        let mut recorder = Recorder::new();
        let mut text = String::new();
        for piece in pieces {
            let segment = CapturedSegment::new(0, Direction::Up, piece);
            for segment in recorder.record(segment, piece) {
                text.push_str(&String::from_utf8_lossy(segment.bytes()));
            }
        }
        text
    }

    const HARMLESS: &str = "GET /events?channel=c&after=0 HTTP/1.1\r\nHost: a\r\nReferer: http://a/\r\nACCEPT: y\r\n\r\n\
        POST /m HTTP/1.1\r\nContent-Length: 9\r\n\r\nCookie: xOPTIONS * HTTP/1.1\r\n\r\n";
    const PRIVATE: [&str; 12] = [
        "GET /?access_token=SECRET HTTP/1.1\r\n\r\n",
        "GET /?channel=c&%61ccess_token=SECRET HTTP/1.1\r\n\r\n",
        "GET /?SECRET HTTP/1.1\r\n\r\n",
        "GET /;SECRET?channel=c HTTP/1.1\r\n\r\n",
        "GET http://me:SECRET@host/?channel=c HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAUTHORIZATION: Bearer SECRET\r\n\r\n",
        "GET / HTTP/1.1\r\nReferer: http://a/?token=SECRET\r\n\r\n",
        "GET / HTTP/1.1\r\nCookie:trilane=SECRET\r\n\r\n",
        "GET / HTTP/1.1\r\nCookie : SECRET\r\n\r\n",
        "GET / HTTP/1.1\r\nX-Access-Token: SECRET\r\n\r\n",
        "GET / HTTP/1.1\r\nSec-WebSocket-Protocol: SECRET\r\n\r\n",
        "\x16\x03 SECRET",
    ];

    #[test]
    fn harmless_requests_are_recorded() {
        assert_eq!(recorded(&[HARMLESS.as_bytes()]), HARMLESS);
    }

    #[test]
    fn nothing_is_recorded_from_a_request_with_a_secret_on() {
        for private in PRIVATE {
            let pieces = [HARMLESS, private, HARMLESS].map(str::as_bytes);
            assert_eq!(recorded(&pieces), HARMLESS, "{private}");
        }
    }

    #[test]
    fn a_cookie_of_the_service_ends_the_record_of_both_directions() {
        let mut recorder = Recorder::new();
        let mut record = |direction, bytes: &[u8]| {
            let segment = CapturedSegment::new(0, direction, bytes);
            recorder.record(segment, bytes).len()
        };
        assert_eq!(record(Direction::Up, b"GET / HTTP/1.1\r\n\r\n"), 1);
        assert_eq!(
            record(
                Direction::Down,
                b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n"
            ),
            0
        );
        assert_eq!(record(Direction::Up, b"GET / HTTP/1.1\r\n\r\n"), 0);
    }

    #[test]
    fn a_cookie_after_a_response_without_a_body_is_found() {
        let mut recorder = Recorder::new();
        let mut record = |direction, bytes: &[u8]| {
            let segment = CapturedSegment::new(0, direction, bytes);
            recorder.record(segment, bytes).len()
        };
        assert_eq!(record(Direction::Up, b"HEAD / HTTP/1.1\r\n\r\n"), 1);
        let length = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
        assert_eq!(record(Direction::Down, length), 1);
        let cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie : a=b\r\n\r\n";
        assert_eq!(record(Direction::Down, cookie), 0);
    }

    #[test]
    fn frames_are_recorded_after_an_upgrade() {
        let mut recorder = Recorder::new();
        let mut record = |direction, bytes: &[u8]| {
            let segment = CapturedSegment::new(0, direction, bytes);
            recorder.record(segment, bytes).len()
        };
        let upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nframes";
        assert_eq!(record(Direction::Up, b"GET /ws HTTP/1.1\r\n\r\n"), 1);
        assert_eq!(record(Direction::Down, upgrade), 1);
        assert_eq!(record(Direction::Up, b"\x81\x80\0\0\0\0"), 1);
    }

    proptest! {
        #[test]
        fn no_secret_is_recorded_in_any_pieces(
            private in 0..PRIVATE.len(), cuts in vec(any::<usize>(), 0..20),
        ) {
            let bytes = [HARMLESS, PRIVATE[private]].concat();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|ends| &bytes.as_bytes()[ends[0]..ends[1]]).collect();
            let recorded = recorded(&pieces);
            prop_assert!(HARMLESS.starts_with(&recorded), "{recorded}");
        }
    }
}
