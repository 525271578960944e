//! `lab claims`: rewrites the documents that follow from results. The rules of the verdicts are
//! JavaScript, because the page applies the same ones: this command runs `node`.

use anyhow::{Context, Result, ensure};
use clap::Args;
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../web/tools/claims/write.js"
);

/// The arguments of `lab claims`: results, by default the latest of each kind in docs/results.
#[derive(Args)]
pub struct Claims {
    /// Result of `cargo lab bench` [default: the latest in docs/results, as for all others]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Result of `cargo lab bench processes`
    #[arg(long, value_name = "FILE")]
    processes: Option<PathBuf>,

    /// A result that adds what the first does not have, such as wakeups; may be repeated
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,

    /// Result of `cargo lab bench --peers`
    #[arg(long, value_name = "FILE")]
    peers: Option<PathBuf>,

    /// Result of `cargo lab bench tokens`
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,

    /// Result of `cargo lab bench collapse`
    #[arg(long, value_name = "FILE")]
    collapse: Option<PathBuf>,

    /// Result of `cargo lab bench channels`; may be repeated, for another broker
    #[arg(long, value_name = "FILE")]
    channels: Vec<PathBuf>,
}

impl Claims {
    /// Returns the given files with their options.
    fn files(&self) -> Vec<(&'static str, &PathBuf)> {
        [
            ("--from", &self.from),
            ("--processes", &self.processes),
            ("--peers", &self.peers),
            ("--tokens", &self.tokens),
            ("--collapse", &self.collapse),
        ]
        .into_iter()
        .filter_map(|(name, file)| Some((name, file.as_ref()?)))
        .chain(self.also.iter().map(|file| ("--also", file)))
        .chain(self.channels.iter().map(|file| ("--channels", file)))
        .collect()
    }
}

/// Rewrites the documents of this checkout.
///
/// # Errors
///
/// Fails without node, and if a file cannot be read or written.
pub fn run(claims: &Claims) -> Result<()> {
    let program = std::env::current_exe().context("the path of this program")?;
    let mut script = Command::new("node");
    script.arg(SCRIPT);
    for (name, file) in claims.files() {
        script.arg(name).arg(file);
    }
    let status = script
        // The script takes the tables of all figures from `lab report`.
        .env("LAB", program)
        .stdin(Stdio::null())
        .status()
        .context("cannot run node, version 20 or later, which judges the claims")?;
    ensure!(status.success(), "the documents were not all rewritten");
    Ok(())
}
