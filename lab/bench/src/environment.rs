//! The environment of a run, and reasons to doubt measurements in it.

use serde::{Deserialize, Serialize};
use std::{fs, process::Command, thread::available_parallelism};
use support::{arguments, secrets::without_secrets};

/// Load average per core above which other programs disturb a measurement.
const BUSY: f64 = 0.5;

/// Lists uncommitted changes, except for results: `scripts/record` keeps those of one commit.
const CHANGES: [&str; 6] = [
    "status",
    "--porcelain",
    "--untracked-files=no",
    "--",
    ":/",
    ":(top,exclude)docs/results",
];

/// Where, when and how a run was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Start of the run in UTC: `2026-11-22T14:30:00Z`.
    pub date: String,
    /// The processor's name, from the kernel.
    pub cpu: String,
    /// Logical processors that this process may use.
    pub cores: u32,
    /// Release of the kernel.
    pub kernel: String,
    /// Load average of the last minute before the run, if the kernel reports it.
    pub load_average: Option<f64>,
    /// Commit of the code that ran, if it was run from a checkout.
    pub commit: Option<String>,
    /// Whether the checkout had uncommitted changes.
    pub dirty: bool,
    /// Version of the compiler.
    pub rustc: String,
    /// Whether it was built with optimisation.
    pub optimised: bool,
    /// The arguments of the command, without secrets.
    pub command: Vec<String>,
    /// Settings of all scenarios.
    pub settings: Settings,
}

/// The settings of all scenarios of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Worker threads of the measured services.
    pub workers: u32,
    /// Whether TCP_NODELAY was set on both sides.
    pub nodelay: bool,
    /// The processors of server and load, if they were pinned.
    pub pinning: Option<Pinning>,
}

/// The numbers of the processors of each side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pinning {
    /// Processors of the server.
    pub server: Vec<u32>,
    /// Processors of the load generator.
    pub load: Vec<u32>,
}

impl Settings {
    /// Returns the settings of services with this many worker threads in total.
    pub fn unpinned(workers: u32) -> Self {
        Self {
            workers,
            nodelay: true,
            pinning: None,
        }
    }
}

impl Environment {
    /// Returns the environment of this machine, moment and checkout.
    pub fn here(settings: Settings) -> Self {
        Self {
            date: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
            cpu: cpu(&read("/proc/cpuinfo")),
            cores: available_parallelism().map_or(1, |cores| cores.get() as u32),
            kernel: or_unknown(read("/proc/sys/kernel/osrelease").trim()),
            load_average: read("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok()),
            commit: say("git", &["rev-parse", "--short=12", "HEAD"])
                .filter(|commit| !commit.is_empty()),
            dirty: say("git", &CHANGES).is_some_and(|changes| !changes.is_empty()),
            rustc: or_unknown(&say("rustc", &["--version"]).unwrap_or_default()),
            optimised: !cfg!(debug_assertions),
            command: arguments::shown(),
            settings,
        }
    }

    /// Returns the environment without the arguments of this program.
    pub fn without_command(self) -> Self {
        Self {
            command: Vec::new(),
            ..self
        }
    }

    /// Returns the command as a line of a shell. Secrets are removed again, because the file may
    /// come from elsewhere.
    pub fn command_line(&self) -> String {
        let arguments = self.command.iter().map(|part| without_secrets(part));
        let words = std::iter::once("cargo lab".to_owned()).chain(arguments);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns the reasons to doubt figures from here.
    pub fn warnings(&self) -> Vec<String> {
        let load = self.load_average.unwrap_or_default();
        let busy = format!(
            "the machine was busy: load average {load} on {} cores, when it began; trust ratios, not times",
            self.cores
        );
        let reasons = [
            (load > BUSY * f64::from(self.cores), &*busy),
            (!self.optimised, "built without optimisation"),
            (self.dirty, "the code had changes that are in no commit"),
            (
                self.settings.pinning.is_none(),
                "server and load shared their cores",
            ),
        ];
        let true_ones = reasons.into_iter().filter(|(is_so, _)| *is_so);
        true_ones.map(|(_, reason)| reason.to_owned()).collect()
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Returns the output of a program in this checkout, or `None` if it fails.
fn say(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn cpu(info: &str) -> String {
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    or_unknown(name.map_or("", |(_, name)| name.trim()))
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() {
        "unknown".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_this_machine() {
        let here = Environment::here(Settings::default());
        assert!(
            here.cores > 0 && here.rustc.starts_with("rustc ") && !here.optimised,
            "{here:?}"
        );
        assert!(
            here.kernel.contains('.') || !cfg!(target_os = "linux"),
            "{here:?}"
        );
    }

    #[test]
    fn the_processor_is_named() {
        assert_eq!(
            cpu("processor\t: 0\nmodel name\t: Fast One @ 3 GHz\nflags\t: x\n"),
            "Fast One @ 3 GHz"
        );
        assert_eq!(cpu("processor\t: 0\n"), "unknown");
    }

    #[test]
    fn everything_doubtful_is_said() {
        let pinning = Some(Pinning {
            server: vec![0],
            load: vec![1],
        });
        let mut here = Environment {
            cores: 2,
            load_average: Some(0.9),
            dirty: false,
            optimised: true,
            ..Environment::here(Settings {
                pinning,
                ..Settings::default()
            })
        };
        assert_eq!(here.warnings(), [""; 0]);
        here.load_average = Some(1.1);
        (here.dirty, here.optimised) = (true, false);
        here.settings.pinning = None;
        assert_eq!(here.warnings().len(), 4);
    }
}
