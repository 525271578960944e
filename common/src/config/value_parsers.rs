//! Parsers of single settings.

/// Parses messages a second: zero, or at least one in a quarter of an hour and at most a million a
/// second.
pub(super) fn publish_rate(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(rate) if rate == 0.0 || (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("expected 0, or a number from 0.001 to 1000000"),
    }
}

/// Parses a prefix of Redis keys. Braces are excluded: they enclose the channel's name.
pub(super) fn key_prefix(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"{}".contains(&byte);
    if text.len() <= 64 && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("expected at most 64 visible ASCII characters without braces")
    }
}
