//! The status line and headers of a response (RFC 9112 sections 4 to 6).

use httparse::{EMPTY_HEADER, Response, Status};

/// Most headers of a response.
const MOST_HEADERS: usize = 64;
/// Longest header section, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes up to and including the empty line.
    pub(super) length: usize,
    pub(super) status: u16,
    pub(super) body: Body,
    /// Whether the server closes the connection after this response.
    pub(super) close: bool,
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(usize),
    Chunked,
    UntilClose,
}

/// Parses the headers. Returns `None` if they are not complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, String> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut response = Response::new(&mut headers);
    let length = match response
        .parse(bytes)
        .map_err(|error| format!("answered no HTTP: {error}"))?
    {
        Status::Complete(length) => length,
        Status::Partial if bytes.len() > LONGEST => {
            return Err("answered with an endless head".to_owned());
        }
        Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or(0);
    let mut head = Head {
        length,
        status,
        body: Body::UntilClose,
        close: response.version == Some(0),
    };
    if matches!(status, 100..200 | 204 | 304) {
        head.body = Body::Length(0);
    }
    for header in response.headers.iter() {
        let is = |value: &str| header.value.eq_ignore_ascii_case(value.as_bytes());
        match header.name {
            name if name.eq_ignore_ascii_case("content-length") => {
                head.body = Body::Length(number(header.value)?)
            }
            name if name.eq_ignore_ascii_case("transfer-encoding") && is("chunked") => {
                head.body = Body::Chunked
            }
            name if name.eq_ignore_ascii_case("connection") => head.close = is("close"),
            _ => {}
        }
    }
    Ok(Some(head))
}

fn number(value: &[u8]) -> Result<usize, String> {
    let text = String::from_utf8_lossy(value);
    text.trim()
        .parse()
        .map_err(|_| format!("answered with Content-Length: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(headers: &str) -> (Body, bool) {
        let head = parse(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes())
            .unwrap()
            .unwrap();
        (head.body, head.close)
    }

    #[test]
    fn a_head_says_how_its_body_ends() {
        assert_eq!(body("content-length: 12\r\n"), (Body::Length(12), false));
        assert_eq!(
            body("Transfer-Encoding: Chunked\r\nConnection: Close\r\n"),
            (Body::Chunked, true)
        );
        assert_eq!(body(""), (Body::UntilClose, false));
        let old = parse(b"HTTP/1.0 204 No\r\n\r\nrest").unwrap().unwrap();
        assert_eq!(
            old,
            Head {
                length: 19,
                status: 204,
                body: Body::Length(0),
                close: true
            }
        );
    }

    #[test]
    fn what_is_no_head_is_an_error_and_half_of_one_is_not() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nA: b\r\n"), Ok(None));
        assert!(parse(b"SSH-2.0\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
        assert!(
            parse(format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(LONGEST)).as_bytes()).is_err()
        );
    }
}
