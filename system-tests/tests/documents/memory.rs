//! The example of sizing in docs/scaling.md: the memory is what a service reports.

use super::{ROOT, process::Process, read};
use std::path::Path;

#[test]
fn the_memory_of_the_example_is_what_a_service_reports() {
    let text = read(&Path::new(ROOT).join("docs/scaling.md"));
    let line = |start| text.lines().find(|line| line.starts_with(start));
    let command = line("sse-svc --workers").expect("the example");
    let documented = line("takes at most ").expect("its output");
    let flags: Vec<_> = command.split_whitespace().skip(1).collect();
    let service = Process::start(&[&["serve", "sse", "--port", "0"], &flags[..]].concat(), "");
    let reported = service.wait_for_line("takes at most");
    // The number of connections depends on the limit of open files.
    for part in ["messages", "buffers", "program"] {
        assert_eq!(number(documented, part), number(&reported, part), "{part}");
    }
}

/// Returns the number after a word.
fn number<'a>(line: &'a str, word: &str) -> &'a str {
    let (_, rest) = line.split_once(word).expect("the word");
    let end = |character: char| !character.is_ascii_digit();
    rest.trim_start().split(end).next().expect("a number")
}
