//! The limit of open files of a service's program.

use crate::{Process, patient};
use std::process::{Command, Stdio};

/// With too few files for one connection the program refuses to start. With few it logs a warning.
pub async fn a_low_limit_of_open_files_is_reported(program: &str) {
    let limited = |files: u32, workers: u32, how: &str| {
        [
            "-c".to_owned(),
            format!("ulimit -n {files}; exec {how} {program} --workers {workers}"),
        ]
    };
    // 64 worker threads have about 400 files.
    for (files, workers) in [(64, 1), (384, 64)] {
        let started = Command::new("sh")
            .args(limited(files, workers, "timeout 20"))
            .env("PORT", "0")
            .stdin(Stdio::null())
            .output();
        let refused = started.expect("a shell");
        let why = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{why}");
        assert!(
            why.contains("limit of open files") && why.contains("ulimit -n"),
            "{why}"
        );
    }
    let few = limited(200, 1, "");
    let process = Process::start("sh", &few.each_ref().map(String::as_str));
    process.terminate();
    let log = patient("a log", process.whole_log()).await;
    assert!(log.contains("WARN") && log.contains("ulimit -n"), "{log}");
}
