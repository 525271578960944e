//! The program's log on standard error. Worker threads never wait for it.

mod demote;
mod line;
mod queue;

pub(crate) use queue::dropped_lines;

use clap::ValueEnum;
use demote::Demoting;
use env_logger::{Builder, Env, Target, WriteStyle};
use queue::{Lines, Queue};
use std::{
    backtrace::{Backtrace, BacktraceStatus},
    env,
    io::{self, IsTerminal},
    panic::{self, PanicHookInfo},
    process,
    sync::Arc,
    thread,
    time::Duration,
};

/// The filter without `RUST_LOG`.
const FILTER: &str = "info,actix_server=warn";
/// How long the end of a program, or a panic, may wait for the last lines to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object a line: `time`, `level`, `target`, `message`.
    Json,
}

/// Keeps the log of this process. Dropping it waits at most a second until the last lines are
/// written.
#[must_use = "the last lines are written when this is dropped"]
pub struct LogGuard(Option<Arc<Queue>>);

/// Logs to standard error, filtered by `RUST_LOG`.
///
/// At most 1 MiB of lines waits to be written. Further lines are dropped and counted. A panic of any
/// thread is logged, and aborts the process.
///
/// # Panics
///
/// Panics if it is called twice.
pub fn log_to_stderr(format: LogFormat) -> LogGuard {
    let mut logger = Builder::from_env(Env::default().default_filter_or(FILTER));
    match format {
        LogFormat::Text => logger.format(line::text),
        LogFormat::Json => logger.format(line::json),
    };
    // Without a thread for the queue, each thread writes its own lines.
    let queue = Queue::start(io::stderr()).ok();
    if let Some(queue) = queue.clone() {
        if is_colourful() {
            logger.write_style(WriteStyle::Always);
        }
        logger.target(Target::Pipe(Box::new(Lines(queue))));
    }
    let logger = logger.build();
    log::set_max_level(logger.filter());
    log::set_boxed_logger(Box::new(Demoting(logger))).expect("only a program calls this, once");
    abort_on_panic(queue.clone());
    LogGuard(queue)
}

/// Returns whether to use colours. The logger would decide the same if it wrote to standard error
/// itself.
fn is_colourful() -> bool {
    let is_unset = |name| env::var_os(name).is_none_or(|value| value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    is_unset("RUST_LOG_STYLE") && is_unset("NO_COLOR") && !is_dumb && io::stderr().is_terminal()
}

/// Has a panic of any thread end the process. Otherwise only the task would end that panicked, such
/// as a shard, whose subscribers would wait for messages forever.
fn abort_on_panic(queue: Option<Arc<Queue>>) {
    panic::set_hook(Box::new(move |info| {
        log_panic(info);
        if let Some(queue) = &queue {
            queue.flush(LAST_LINES);
        }
        process::abort();
    }));
}

/// Logs a panic. The default hook writes to standard error itself, and may block there.
fn log_panic(info: &PanicHookInfo<'_>) {
    let backtrace = Backtrace::capture();
    log::error!(
        "thread {:?} {info}",
        thread::current().name().unwrap_or_default()
    );
    if backtrace.status() == BacktraceStatus::Captured {
        backtrace
            .to_string()
            .lines()
            .for_each(|line| log::error!("{line}"));
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        if let Some(queue) = &self.0 {
            queue.flush(LAST_LINES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::ExitStatusExt, process::Command};

    const IS_CHILD: &str = "TRILANE_TEST_PANICS";

    /// The number of SIGABRT.
    const ABORTED: i32 = 6;

    /// The panic is logged in another process, since a process has one log.
    #[test]
    fn a_panic_of_any_thread_is_logged_on_one_line_and_ends_the_process() {
        if env::var_os(IS_CHILD).is_some() {
            let _log = log_to_stderr(LogFormat::Text);
            let _ = thread::spawn(|| panic!("at\nlast")).join();
            process::exit(7);
        }
        let name =
            "logging::tests::a_panic_of_any_thread_is_logged_on_one_line_and_ends_the_process";
        let mut child = Command::new(env::current_exe().unwrap());
        child
            .args(["--exact", name, "--nocapture"])
            .env(IS_CHILD, "1")
            .env_remove("RUST_LOG")
            .env("RUST_BACKTRACE", "0");
        let output = child.output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.signal(), Some(ABORTED), "{log}");
        let line = log
            .lines()
            .find(|line| line.contains("ERROR"))
            .unwrap_or_default();
        assert!(
            line.contains("panicked at") && line.ends_with(r"at\nlast"),
            "{log}"
        );
    }
}
