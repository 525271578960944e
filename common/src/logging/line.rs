//! Formats log lines. Every record becomes one line, without control characters that a client may
//! have sent.

use env_logger::fmt::Formatter;
use log::Record;
use serde_json::json;
use std::{
    fmt::{self, Display, Write as _},
    io::{self, Write as _},
};

/// Writes a record as text.
pub(super) fn text(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let time = out.timestamp();
    let level = record.level();
    let target = record.target();
    let style = out.default_level_style(level);
    writeln!(
        out,
        "[{time} {style}{level:<5}{style:#} {target}] {}",
        Printable(record.args())
    )
}

/// Writes a record as a JSON object.
pub(super) fn json(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let line = json!({
        "time": out.timestamp_millis().to_string(),
        "level": record.level().as_str(),
        "target": record.target(),
        "message": record.args().to_string(),
    });
    writeln!(out, "{line}")
}

/// Escapes characters that end the line, move a terminal's cursor or change the direction of the
/// text.
struct Printable<'a>(&'a fmt::Arguments<'a>);

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaping(f).write_fmt(*self.0)
    }
}

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for plain in text.split_inclusive(is_unprintable) {
            let end = plain
                .char_indices()
                .next_back()
                .filter(|(_, last)| is_unprintable(*last));
            self.0
                .write_str(&plain[..end.map_or(plain.len(), |(at, _)| at)])?;
            if let Some((_, unprintable)) = end {
                write!(self.0, "{}", unprintable.escape_default())?;
            }
        }
        Ok(())
    }
}

fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line() {
        for (text, expected) in [
            ("", ""),
            ("Grüße, 世界", "Grüße, 世界"),
            ("a\r\n[2026 ERROR x] b\n", "a\\r\\n[2026 ERROR x] b\\n"),
            ("\u{1b}[2J\0\u{7f}\u{9b}", "\\u{1b}[2J\\u{0}\\u{7f}\\u{9b}"),
            ("\u{202e}txt.exe\u{2028}", "\\u{202e}txt.exe\\u{2028}"),
        ] {
            assert_eq!(Printable(&format_args!("{text}")).to_string(), expected);
        }
    }
}
