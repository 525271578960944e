//! What signals do to every service's program.

use crate::{Process, patient};
use rustix::process::Signal;

/// A terminal that is closed is a reason to say goodbye, and no other.
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

/// What `nohup` started goes on. Were the first of these signals taken, the second would end it at once.
pub async fn an_ignored_sighup_stays_ignored(program: &str) {
    let process = Process::start("nohup", &[program]);
    process.signal(Signal::HUP);
    process.terminate();
    let log = patient("a log", process.whole_log()).await;
    assert!(log.trim_end().ends_with("stopped"), "{log}");
}
