//! `lab launch`, which nobody needs to call: runs a peer that ends with the benchmark.

use anyhow::{Context, Error, Result};
use clap::Args;
use std::{os::unix::process::CommandExt, process::Command};
use support::parent::ask_to_end_with_parent;

/// The arguments of `lab launch`.
#[derive(Args)]
pub struct Launch {
    /// The program and its arguments
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

/// Replaces this process by the program.
///
/// # Errors
///
/// Fails if the program cannot be run.
pub fn run(launch: &Launch) -> Result<()> {
    ask_to_end_with_parent();
    let (program, arguments) = launch.command.split_first().context("no program")?;
    let error = Command::new(program).args(arguments).exec();
    Err(Error::new(error).context(program.clone()))
}
