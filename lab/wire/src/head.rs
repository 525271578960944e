//! The start line and headers of an HTTP/1 message (RFC 9112 sections 2 to 6).

use httparse::{EMPTY_HEADER, Header, Request, Response, Status};

mod fields;
#[cfg(test)]
mod tests;
mod write;

pub use write::message;

use fields::Fields;

/// Longest start line and headers that are parsed, in bytes. Servers reject longer ones.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most headers of a message.
const MAX_HEADERS: usize = 64;

/// Which messages pass in one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// From a client.
    Requests,
    /// From a server.
    Responses,
}

/// The start line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// Of a request.
    Request {
        /// Method, as sent.
        method: &'a str,
        /// Request target: usually a path and a query.
        target: &'a str,
    },
    /// Of a response.
    Response {
        /// Status code.
        status: u16,
    },
}

/// The start line and headers of a message, as far as they are about the connection and the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The bytes up to and including the empty line.
    pub bytes: &'a [u8],
    /// The start line.
    pub start: StartLine<'a>,
    old: bool,
    fields: Fields,
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// After this many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the end of the connection.
    UntilClose,
}

/// Bytes that cannot begin an HTTP/1 message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The syntax is wrong.
    #[error("this is not HTTP/1: {0}")]
    Syntax(#[from] httparse::Error),
    /// The headers do not end.
    #[error("headers of more than {MAX_HEAD_BYTES} bytes")]
    TooLong,
    /// A length that is not a number, or a second one that differs.
    #[error("Content-Length: {0}")]
    ContentLength(String),
    /// A request whose last transfer coding is not `chunked`. Its body has no end.
    #[error("a request with a Transfer-Encoding that does not end with chunked")]
    TransferEncoding,
}

impl<'a> Head<'a> {
    /// Parses a start line and headers. Returns `None` if they are not complete.
    ///
    /// # Errors
    ///
    /// [`HeadError`] for bytes that do not become a message by more bytes.
    pub fn parse(kind: MessageKind, bytes: &'a [u8]) -> Result<Option<Self>, HeadError> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        match kind {
            MessageKind::Requests => {
                let mut request = Request::new(&mut headers);
                let length = request.parse(bytes)?;
                let start = StartLine::Request {
                    method: request.method.unwrap_or_default(),
                    target: request.path.unwrap_or_default(),
                };
                complete(bytes, length, start, request.version, request.headers)
            }
            MessageKind::Responses => {
                let mut response = Response::new(&mut headers);
                let length = response.parse(bytes)?;
                let status = response.code.unwrap_or_default();
                let start = StartLine::Response { status };
                complete(bytes, length, start, response.version, response.headers)
            }
        }
    }

    /// Returns the method of a request.
    #[must_use]
    pub fn method(&self) -> &'a str {
        match self.start {
            StartLine::Request { method, .. } => method,
            StartLine::Response { .. } => "",
        }
    }

    /// Returns the target of a request.
    #[must_use]
    pub fn target(&self) -> &'a str {
        match self.start {
            StartLine::Request { target, .. } => target,
            StartLine::Response { .. } => "",
        }
    }

    /// Returns the status code of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { status } => Some(status),
        }
    }

    /// Returns how the end of the body is found (RFC 9112 section 6.3). A response to HEAD has no
    /// body whatever this says.
    #[must_use]
    pub fn body(&self) -> Body {
        match self.start {
            StartLine::Response {
                status: 100..200 | 204 | 304,
            } => Body::Length(0),
            _ if self.fields.chunked == Some(true) => Body::Chunked,
            StartLine::Response { .. } if self.fields.chunked.is_some() => Body::UntilClose,
            StartLine::Request { .. } => Body::Length(self.fields.length.unwrap_or(0)),
            StartLine::Response { .. } => self.fields.length.map_or(Body::UntilClose, Body::Length),
        }
    }

    /// Returns whether the connection persists after this message (RFC 9112 section 9.3).
    #[must_use]
    pub fn persists(&self) -> bool {
        !self.fields.close && (!self.old || self.fields.keep_alive)
    }

    /// Returns whether the message requests an upgrade or agrees to one.
    #[must_use]
    pub fn upgrades(&self) -> bool {
        self.fields.upgrade
    }

    /// Returns the name and the value of each header.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'a str, &'a [u8])> {
        let first_line = memchr::memchr(b'\n', self.bytes).map_or(0, |end| end + 1);
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let parsed = httparse::parse_headers(&self.bytes[first_line..], &mut headers);
        let headers = match parsed {
            Ok(Status::Complete((_, headers))) => headers,
            Ok(Status::Partial) | Err(_) => &[],
        };
        headers
            .iter()
            .map(|header| (header.name, header.value))
            .collect()
    }
}

fn complete<'a>(
    bytes: &'a [u8],
    length: Status<usize>,
    start: StartLine<'a>,
    version: Option<u8>,
    headers: &[Header<'a>],
) -> Result<Option<Head<'a>>, HeadError> {
    let length = match length {
        Status::Complete(length) if length <= MAX_HEAD_BYTES => length,
        Status::Partial if bytes.len() <= MAX_HEAD_BYTES => return Ok(None),
        Status::Complete(_) | Status::Partial => return Err(HeadError::TooLong),
    };
    let fields = Fields::of(headers)?;
    if matches!(start, StartLine::Request { .. }) && fields.chunked == Some(false) {
        return Err(HeadError::TransferEncoding);
    }
    Ok(Some(Head {
        bytes: &bytes[..length],
        start,
        old: version == Some(0),
        fields,
    }))
}
