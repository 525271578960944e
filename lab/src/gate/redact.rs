//! Hides what heads may hold of secrets: a star for each byte, so that lengths stay what they were. Works on pieces, as
//! they come.

use super::{
    framing::{Event, Framing, Side},
    headers,
};
use crate::secrets::{NAMED_PARAMETERS, SHOWN_PARAMETERS};

/// Longer names are none of a parameter or a header that is shown.
const LONGEST: usize = 32;

pub(super) struct Redactor {
    framing: Framing,
    side: Side,
    at: At,
    name: Vec<u8>,
    upgraded: bool,
}

/// Where in a head the next byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// The first line, before what is asked for; of a response, all of it.
    Method,
    /// The first byte of what is asked for.
    Target,
    Path,
    /// No path, but an address, perhaps with a password.
    Address,
    ParameterName,
    ParameterValue {
        hidden: bool,
    },
    /// The first line, behind what is asked for.
    Version,
    /// The beginning of a later line: one that begins with a space goes on with the value before it.
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
        Self::new(Side::Requests)
    }

    pub(super) fn responses() -> Self {
        Self::new(Side::Responses)
    }

    fn new(side: Side) -> Self {
        Self {
            framing: Framing::new(side),
            side,
            at: At::Method,
            name: Vec::new(),
            upgraded: false,
        }
    }

    /// Another protocol follows, which has no heads.
    pub(super) fn upgrade(&mut self) {
        self.upgraded = true;
    }

    /// Whether a response has agreed to another protocol.
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
            let in_head = self.framing.in_head();
            let (stepped, event) = self.framing.step(bytes);
            let (part, rest) = bytes.split_at(stepped);
            if self.side == Side::Requests && self.framing.in_rest() {
                // What cannot be understood may be anything.
                hidden.resize(hidden.len() + stepped, b'*');
            } else if in_head {
                hidden.extend(part.iter().map(|byte| self.head_byte(*byte)));
            } else {
                hidden.extend_from_slice(part);
            }
            bytes = rest;
            match event {
                Some(Event::Head(head)) => {
                    self.at = self.begin(At::Method);
                    self.upgraded = self.side == Side::Responses && head.switches_protocol();
                }
                Some(Event::End) => {}
                None if bytes.is_empty() => return hidden,
                None => {}
            }
        }
    }

    fn head_byte(&mut self, byte: u8) -> u8 {
        let hidden = match self.at {
            At::Target => !matches!(byte, b'/' | b'*' | b' '),
            At::Address => byte != b' ',
            At::ParameterName => !matches!(byte, b'=' | b'&' | b' ') && !self.may_be_shown(byte),
            At::ParameterValue { hidden } => hidden && !matches!(byte, b'&' | b' '),
            At::HeaderValue { hidden } => hidden && byte != b' ',
            _ => false,
        };
        self.at = self.after(byte);
        if hidden && !matches!(byte, b'\r' | b'\n') {
            b'*'
        } else {
            byte
        }
    }

    fn after(&mut self, byte: u8) -> At {
        match (self.at, byte) {
            // Empty lines may come before the first.
            (At::Method, b'\n') if self.name.is_empty() => At::Method,
            (At::HeaderValue { hidden }, b'\n') => At::LineStart { hidden },
            (_, b'\n') => At::LineStart { hidden: false },
            (At::Method, b'\r') => At::Method,
            (At::Method | At::Target, b' ') if self.side == Side::Requests => At::Target,
            (At::Method, _) => self.name(byte, At::Method),
            (At::Target, b'/' | b'*') => At::Path,
            (At::Target, _) => At::Address,
            (At::Path | At::Address | At::ParameterName | At::ParameterValue { .. }, b' ') => {
                At::Version
            }
            (At::Path, b'?' | b';') | (At::ParameterValue { .. }, b'&') => {
                self.begin(At::ParameterName)
            }
            (At::ParameterName, b'=') => At::ParameterValue {
                hidden: !self.names_what_is_shown(),
            },
            (At::ParameterName, b'&') => self.begin(At::ParameterName),
            (At::LineStart { hidden }, b' ' | b'\t') => At::HeaderValue { hidden },
            (At::LineStart { .. }, _) => {
                self.name.clear();
                self.name(byte, At::HeaderName)
            }
            (At::HeaderName, b':') => At::HeaderValue {
                hidden: !headers::is_shown(&self.name),
            },
            (At::ParameterName | At::HeaderName, _) => self.name(byte, self.at),
            (at, _) => at,
        }
    }

    /// Whether a name that goes on so may become one that is shown.
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

    fn begin(&mut self, at: At) -> At {
        self.name.clear();
        at
    }

    fn name(&mut self, byte: u8, at: At) -> At {
        if self.name.len() <= LONGEST {
            self.name.push(byte);
        }
        at
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
    fn secrets_are_hidden_and_nothing_else() {
        let hidden = Redactor::requests().redact(REQUESTS.as_bytes());
        assert_eq!(String::from_utf8(hidden).unwrap(), HIDDEN);
    }

    #[test]
    fn what_is_no_request_is_hidden_until_the_service_agrees_to_it() {
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
        fn pieces_make_no_difference(cuts in vec(0..REQUESTS.len(), 0..20)) {
            let (mut redactor, mut hidden, mut begin) = (Redactor::requests(), Vec::new(), 0);
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
