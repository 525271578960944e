//! Signals to a service's program.

use crate::{Process, patient};
use rustix::process::Signal;

/// SIGHUP, which a closed terminal sends, drains like SIGTERM.
pub async fn sighup_drains_the_program(program: &str) {
    let mut process = Process::start(program, &[]);
    process.signal(Signal::HUP);
    let (status, _) = process.end().await;
    assert!(status.success(), "{status}");
    assert!(
        patient("a log", process.whole_log())
            .await
            .trim_end()
            .ends_with("stopped")
    );
}

/// Under `nohup` SIGHUP has no effect. If it drained, the SIGTERM after it would be the second
/// signal and end it at once.
pub async fn an_ignored_sighup_stays_ignored(program: &str) {
    let process = Process::start("nohup", &[program]);
    process.signal(Signal::HUP);
    process.terminate();
    let log = patient("a log", process.whole_log()).await;
    assert!(log.trim_end().ends_with("stopped"), "{log}");
}
