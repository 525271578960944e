//! Replaces possible secrets in requests and responses by stars, one for each byte. Works on pieces
//! of any size.

use super::{
    framing::{Framing, FramingEvent, MessageKind},
    shown_headers,
};
use support::secrets::{NAMED_PARAMETERS, SHOWN_PARAMETERS};

/// Longest name that is compared. No shown parameter or header is longer.
const MAX_NAME: usize = 32;

pub(super) struct Redactor {
    framing: Framing,
    side: MessageKind,
    position: Position,
    name: Vec<u8>,
    upgraded: bool,
}

/// The position of the next byte in a start line or a header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// The start line up to the target; of a response, all of it.
    Method,
    /// The first byte of the target.
    Target,
    Path,
    /// A target that is not a path, such as a URL. It may contain a password.
    Address,
    ParameterName,
    ParameterValue {
        hidden: bool,
    },
    /// The start line after the target.
    Version,
    /// The start of a header line. A line that starts with a space continues the previous value.
    LineStart {
        hidden: bool,
    },
    HeaderName,
    HeaderValue {
        hidden: bool,
    },
}

impl Redactor {
    pub(super) fn requests() -> Self {
        Self::new(MessageKind::Requests)
    }

    pub(super) fn responses() -> Self {
        Self::new(MessageKind::Responses)
    }

    fn new(side: MessageKind) -> Self {
        Self {
            framing: Framing::new(side),
            side,
            position: Position::Method,
            name: Vec::new(),
            upgraded: false,
        }
    }

    /// Stops parsing: another protocol follows, without headers.
    pub(super) fn upgrade(&mut self) {
        self.upgraded = true;
    }

    /// Returns whether a response has switched to another protocol.
    pub(super) fn has_upgraded(&self) -> bool {
        self.upgraded
    }

    pub(super) fn redact(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut hidden = Vec::with_capacity(bytes.len());
        loop {
            if self.upgraded {
                hidden.extend_from_slice(bytes);
                return hidden;
            }
            let in_headers = self.framing.in_headers();
            let (stepped, event) = self.framing.step(bytes);
            let (part, rest) = bytes.split_at(stepped);
            if self.side == MessageKind::Requests && self.framing.in_rest() {
                // Bytes that are not HTTP may be anything.
                hidden.resize(hidden.len() + stepped, b'*');
            } else if in_headers {
                hidden.extend(part.iter().map(|byte| self.header_byte(*byte)));
            } else {
                hidden.extend_from_slice(part);
            }
            bytes = rest;
            match event {
                Some(FramingEvent::Headers(headers)) => {
                    self.position = self.begin(Position::Method);
                    self.upgraded =
                        self.side == MessageKind::Responses && headers.switches_protocol();
                }
                Some(FramingEvent::End) => {}
                None if bytes.is_empty() => return hidden,
                None => {}
            }
        }
    }

    fn header_byte(&mut self, byte: u8) -> u8 {
        let hidden = match self.position {
            Position::Target => !matches!(byte, b'/' | b'*' | b' '),
            Position::Address => byte != b' ',
            Position::ParameterName => {
                !matches!(byte, b'=' | b'&' | b' ') && !self.may_be_shown(byte)
            }
            Position::ParameterValue { hidden } => hidden && !matches!(byte, b'&' | b' '),
            Position::HeaderValue { hidden } => hidden && byte != b' ',
            _ => false,
        };
        self.position = self.after(byte);
        if hidden && !matches!(byte, b'\r' | b'\n') {
            b'*'
        } else {
            byte
        }
    }

    fn after(&mut self, byte: u8) -> Position {
        match (self.position, byte) {
            // Empty lines may precede the start line (RFC 9112 section 2.2).
            (Position::Method, b'\n') if self.name.is_empty() => Position::Method,
            (Position::HeaderValue { hidden }, b'\n') => Position::LineStart { hidden },
            (_, b'\n') => Position::LineStart { hidden: false },
            (Position::Method, b'\r') => Position::Method,
            (Position::Method | Position::Target, b' ') if self.side == MessageKind::Requests => {
                Position::Target
            }
            (Position::Method, _) => self.name(byte, Position::Method),
            (Position::Target, b'/' | b'*') => Position::Path,
            (Position::Target, _) => Position::Address,
            (
                Position::Path
                | Position::Address
                | Position::ParameterName
                | Position::ParameterValue { .. },
                b' ',
            ) => Position::Version,
            (Position::Path, b'?' | b';') | (Position::ParameterValue { .. }, b'&') => {
                self.begin(Position::ParameterName)
            }
            (Position::ParameterName, b'=') => Position::ParameterValue {
                hidden: !self.names_what_is_shown(),
            },
            (Position::ParameterName, b'&') => self.begin(Position::ParameterName),
            (Position::LineStart { hidden }, b' ' | b'\t') => Position::HeaderValue { hidden },
            (Position::LineStart { .. }, _) => {
                self.name.clear();
                self.name(byte, Position::HeaderName)
            }
            (Position::HeaderName, b':') => Position::HeaderValue {
                hidden: !shown_headers::is_shown(&self.name),
            },
            (Position::ParameterName | Position::HeaderName, _) => self.name(byte, self.position),
            (position, _) => position,
        }
    }

    /// Returns whether the name may still become that of a shown parameter after this byte.
    fn may_be_shown(&self, byte: u8) -> bool {
        let begins = |name: &&str| {
            name.as_bytes()
                .strip_prefix(&*self.name)
                .is_some_and(|rest| rest.first() == Some(&byte))
        };
        SHOWN_PARAMETERS.iter().chain(&NAMED_PARAMETERS).any(begins)
    }

    fn names_what_is_shown(&self) -> bool {
        SHOWN_PARAMETERS
            .iter()
            .any(|name| name.as_bytes() == self.name)
    }

    fn begin(&mut self, position: Position) -> Position {
        self.name.clear();
        position
    }

    fn name(&mut self, byte: u8, position: Position) -> Position {
        if self.name.len() <= MAX_NAME {
            self.name.push(byte);
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const REQUESTS: &str = "\r\nGET /events?channel=c&access_token=SECRET&after=0&%61ccess_token=SECRET HTTP/1.1\r\nHost: a\r\n\
        AUTHORIZATION: Bearer SECRET\r\n\tSECRET\r\nCookie:trilane=SECRET\r\nCookie : SECRET\r\n\
        X-Access-Token: SECRET\r\nSec-WebSocket-Protocol: SECRET\r\nAccept: y\r\n\r\n\
        POST /m?SECRET HTTP/1.1\r\nContent-Length: 8\r\nAuthorization: SECRET\r\n\r\nCookie:xGET /;SECRET?x=SECRET HTTP/1.1\r\n\r\n\
        GET http://me:SECRET@host/?channel=c HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\n";
    const HIDDEN: &str = "\r\nGET /events?channel=c&access_token=******&after=0&**************=****** HTTP/1.1\r\nHost: a\r\n\
        AUTHORIZATION: ****** ******\r\n\t******\r\nCookie:**************\r\nCookie : ******\r\n\
        X-Access-Token: ******\r\nSec-WebSocket-Protocol: ******\r\nAccept: y\r\n\r\n\
        POST /m?****** HTTP/1.1\r\nContent-Length: 8\r\nAuthorization: ******\r\n\r\nCookie:xGET /;********=****** HTTP/1.1\r\n\r\n\
        GET ******************************** HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\n";

    #[test]
    fn only_secrets_are_hidden() {
        let hidden = Redactor::requests().redact(REQUESTS.as_bytes());
        assert_eq!(String::from_utf8(hidden).unwrap(), HIDDEN);
    }

    #[test]
    fn other_protocols_are_hidden_until_the_service_upgrades() {
        let mut up = Redactor::requests();
        assert!(up.redact(b"\x16\x03 secret").ends_with(b"******"));
        assert_eq!(up.redact(b"secret"), b"******");
        let mut down = Redactor::responses();
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=b\r\n\r\nCookie: frames";
        assert!(
            down.redact(answer)
                .ends_with(b"Set-Cookie: ***\r\n\r\nCookie: frames")
                && down.has_upgraded()
        );
        up.upgrade();
        assert_eq!(up.redact(b"frames"), b"frames");
    }

    proptest! {
        #[test]
        fn secrets_are_hidden_in_any_pieces(cuts in vec(0..REQUESTS.len(), 0..20)) {
            let mut redactor = Redactor::requests();
            let mut hidden = Vec::new();
            let mut begin = 0;
            let mut cuts = cuts;
            cuts.sort_unstable();
            for end in cuts.into_iter().chain([REQUESTS.len()]) {
                hidden.extend(redactor.redact(&REQUESTS.as_bytes()[begin..end]));
                begin = end;
            }
            prop_assert_eq!(String::from_utf8(hidden).unwrap(), HIDDEN);
        }
    }
}
