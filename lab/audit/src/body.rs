//! The body of a message: its publisher, its number, and padding that reveals mixed-up bytes.

use anyhow::{Context, Result, ensure};
use common::message::MessageId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The publisher and the number of a message, unique in an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(super) struct Stamp {
    pub(super) publisher: usize,
    pub(super) number: u64,
}

#[derive(Deserialize)]
struct Message<'a> {
    id: &'a str,
    #[serde(borrow)]
    message: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    p: usize,
    n: u64,
    x: &'a str,
}

/// Returns the JSON of a message, of about `size` bytes.
pub(super) fn write(stamp: Stamp, size: usize) -> String {
    let Stamp { publisher, number } = stamp;
    let start = format!(r#"{{"p":{publisher},"n":{number},"x":""#);
    let length = size.saturating_sub(start.len() + 2);
    let padding = letter(stamp).to_string().repeat(length);
    format!(r#"{start}{padding}"}}"#)
}

/// Parses a message as a subscriber receives it, into its id and its stamp.
///
/// # Errors
///
/// Says how it differs from what was published.
pub(super) fn read(json: &[u8], size: usize) -> Result<(MessageId, Stamp)> {
    let Message { id, message } = serde_json::from_slice(json)?;
    let parsed = id.parse().ok();
    let id = parsed.with_context(|| format!("expected a message id, got {id:?}"))?;
    let stamp = Stamp {
        publisher: message.p,
        number: message.n,
    };
    let letter = letter(stamp);
    let overhead = format!(r#"{{"p":{},"n":{},"x":""#, message.p, message.n).len() + 2;
    let intact = message.x.len() == size.saturating_sub(overhead)
        && message.x.chars().all(|other| other == letter);
    ensure!(
        intact,
        "the padding of {stamp} differs from what was published"
    );
    Ok((id, stamp))
}

fn letter(stamp: Stamp) -> char {
    char::from(b'a' + ((stamp.number + 7 * stamp.publisher as u64) % 26) as u8)
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of publisher {}", self.number, self.publisher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        publisher: 2,
        number: 41,
    };

    fn received(body: &str) -> Result<(MessageId, Stamp)> {
        read(
            format!(r#"{{"id":"7-3","channel":"c","message":{body},"time":1}}"#).as_bytes(),
            40,
        )
    }

    #[test]
    fn a_body_has_its_size_and_is_read_back() {
        let body = write(STAMP, 40);
        assert_eq!(body.len(), 40);
        assert_eq!(
            received(&body).unwrap(),
            (
                MessageId {
                    epoch: 7,
                    offset: 3
                },
                STAMP
            )
        );
    }

    #[test]
    fn bytes_of_another_message_are_detected() {
        let body = write(STAMP, 40);
        for changed in [
            body.replace("41", "42"),
            body.replacen("dd", "de", 1),
            body.replacen("dd", "d", 1),
        ] {
            assert_ne!(body, changed);
            assert!(received(&changed).is_err(), "{changed}");
        }
        assert!(received("null").is_err());
    }
}
