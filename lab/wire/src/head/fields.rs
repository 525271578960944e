//! The headers about the connection and the body.

use super::HeadError;
use httparse::Header;

/// What the headers contain about the connection and the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// `Content-Length`, in bytes.
    pub(super) length: Option<u64>,
    /// Whether the last transfer coding is `chunked`. `None` without a transfer coding.
    pub(super) chunked: Option<bool>,
    /// The options of `Connection`.
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    /// Whether there is an `Upgrade`.
    pub(super) upgrade: bool,
}

impl Fields {
    pub(super) fn of(headers: &[Header<'_>]) -> Result<Self, HeadError> {
        let mut fields = Self::default();
        for Header { name, value } in headers {
            if name.eq_ignore_ascii_case("content-length") {
                fields.length = Some(length(fields.length, value)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                fields.chunked = Some(options(value).last().is_some_and(is("chunked")));
            } else if name.eq_ignore_ascii_case("upgrade") {
                fields.upgrade = true;
            } else if name.eq_ignore_ascii_case("connection") {
                fields.close |= options(value).any(is("close"));
                fields.keep_alive |= options(value).any(is("keep-alive"));
            }
        }
        Ok(fields)
    }
}

/// Returns the elements of a comma-separated list.
fn options(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn is(expected: &str) -> impl Fn(&[u8]) -> bool {
    move |option| option.eq_ignore_ascii_case(expected.as_bytes())
}

/// Parses a length. Repetitions must have the same value (RFC 9112 section 6.3): else two readers
/// find the end of the body in different places.
fn length(before: Option<u64>, value: &[u8]) -> Result<u64, HeadError> {
    let wrong = || HeadError::ContentLength(String::from_utf8_lossy(value).into_owned());
    let mut length = before;
    for digits in options(value) {
        // `parse` would accept a sign.
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let text = str::from_utf8(digits).ok().filter(|_| is_number);
        let number = text.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        if length.is_some_and(|length| length != number) {
            return Err(wrong());
        }
        length = Some(number);
    }
    length.ok_or_else(wrong)
}
