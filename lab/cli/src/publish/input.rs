//! Reads lines of standard input as JSON messages.

use serde_json::value::RawValue;
use std::{
    io::{self, BufRead},
    thread,
};
use tokio::sync::mpsc;

/// Number of lines read ahead: enough to keep the publisher busy, and few enough that a fast input
/// waits for a slow service.
const AHEAD: usize = 64;

/// Returns the messages of standard input with their line numbers. Empty lines are skipped.
pub(super) fn from_stdin() -> mpsc::Receiver<(u64, String)> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    // A thread of tokio would keep the process alive until the next line.
    thread::spawn(move || {
        let complain = |error: io::Error| eprintln!("standard input: {error}");
        read(io::stdin().lock(), |number, message| {
            sender.blocking_send((number, message)).is_ok()
        })
        .map_err(complain)
    });
    receiver
}

/// Passes every message to `take`, until that returns `false`.
fn read(mut input: impl BufRead, mut take: impl FnMut(u64, String) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        if message(&text).is_some_and(|message| !take(number, message)) {
            break;
        }
    }
    Ok(())
}

/// Returns a line as JSON: unchanged if it is JSON, otherwise as a string. Returns `None` for an
/// empty line.
fn message(line: &str) -> Option<String> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() {
        return None;
    }
    match serde_json::from_str::<&RawValue>(line) {
        Ok(json) => Some(json.get().to_owned()),
        Err(_) => Some(serde_json::Value::from(line).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_unchanged() {
        for json in [
            "null",
            "1.10",
            "\"hi\"",
            r#"{"b":1, "a":12345678901234567890}"#,
        ] {
            assert_eq!(message(&format!(" {json} \r\n")).unwrap(), json);
        }
    }

    #[test]
    fn other_lines_become_strings() {
        assert_eq!(message("hi there\n").unwrap(), r#""hi there""#);
        assert_eq!(message("  say \"x\"\t").unwrap(), r#""  say \"x\"\t""#);
        assert_eq!(message("{\"half\":\n").unwrap(), r#""{\"half\":""#);
        assert_eq!(message("1 2").unwrap(), r#""1 2""#);
    }

    #[test]
    fn empty_lines_are_skipped_but_counted() {
        let mut taken = Vec::new();
        let take = |number, message| {
            taken.push((number, message));
            true
        };
        read(&b"a\n\n \r\n1\n\xff"[..], take).unwrap();
        assert_eq!(
            taken,
            [
                (1, "\"a\"".into()),
                (4, "1".into()),
                (5, "\"\u{fffd}\"".into())
            ]
        );
    }

    #[test]
    fn reading_ends_when_a_message_is_not_taken() {
        let mut taken = 0;
        read(&b"a\nb\nc\n"[..], |_, _| {
            taken += 1;
            taken < 2
        })
        .unwrap();
        assert_eq!(taken, 2);
    }
}
