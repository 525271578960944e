//! `lab claims`: rewrites the documents that follow from two results. The rules of the verdicts are
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

/// The arguments of `lab claims`.
#[derive(Args)]
pub struct Claims {
    /// Result of `cargo lab bench`, in docs/results
    #[arg(long, value_name = "FILE")]
    from: PathBuf,

    /// Result of `cargo lab bench processes`, in docs/results
    #[arg(long, value_name = "FILE")]
    processes: PathBuf,
}

/// Rewrites the documents of this checkout.
///
/// # Errors
///
/// Fails without node, and if a file cannot be read or written.
pub fn run(claims: &Claims) -> Result<()> {
    let program = std::env::current_exe().context("the path of this program")?;
    let status = Command::new("node")
        .arg(SCRIPT)
        .arg("--from")
        .arg(&claims.from)
        .arg("--processes")
        .arg(&claims.processes)
        // The script takes the tables of all figures from `lab report`.
        .env("LAB", program)
        .stdin(Stdio::null())
        .status()
        .context("cannot run node, version 20 or later, which judges the claims")?;
    ensure!(status.success(), "the documents were not all rewritten");
    Ok(())
}
