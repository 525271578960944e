//! Writes messages.

use std::fmt::Write;

/// Returns a message: its start line, these headers, the length of the body, and the body. A
/// message with an empty body has no length, as a request without a body.
#[must_use]
pub fn message(start_line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{start_line}\r\n");
    for (name, value) in headers {
        // Writing to a string cannot fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(text, "Content-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}
