//! A text of a client, in an error that names it.

use std::fmt;

/// The most characters that are quoted: as many as the longest name has.
const MAX_CHARS: usize = 128;

/// Displays a text in quotes, with escapes, and of a long one only the beginning: a response must
/// not be many times as long as its request.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_CHARS) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(Quoted("a\"\u{7f}").to_string(), r#""a\"\u{7f}""#);
        let longest = "ä".repeat(MAX_CHARS);
        assert_eq!(Quoted(&longest).to_string(), format!("\"{longest}\""));
        let longer = longest.clone() + "b";
        assert_eq!(Quoted(&longer).to_string(), format!("\"{longest}\"…"));
    }
}
