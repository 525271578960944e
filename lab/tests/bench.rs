//! `lab bench` as its users run it, in miniature.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::process::Command;

/// Runs the benchmark to its end: exit code, output, errors.
fn bench(arguments: &[&str]) -> (i32, String, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_lab")).arg("bench").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

#[test]
fn deliveries_are_measured_beside_the_limit_and_none_is_lost() {
    let (code, output, errors) =
        bench(&["--only", "fanout", "--readers", "20", "--seconds", "0.2", "--repetitions", "1"]);
    assert_eq!(code, 0, "{errors}");
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines.len(), 12, "{output}");
    for (at, line) in lines.iter().enumerate() {
        assert!(line.contains("20 readers") && line.contains("lost 0"), "{line}");
        assert_eq!(line.contains("of the limit"), at % 2 == 1, "{line}");
    }
}

#[test]
fn what_is_not_measured_is_refused() {
    let (code, output, errors) = bench(&["--only", "speed"]);
    assert_eq!((code, &*output), (1, ""));
    assert!(errors.contains("--only speed") && errors.contains("fanout"), "{errors}");
}
