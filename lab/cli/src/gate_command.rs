//! `lab gate`: the commands of a gate, and the reconnect storm of the load generator.

use anyhow::Result;
use bench::load::storm::{self, StormArgs};
use clap::Subcommand;
use gate::commands;

/// Arguments of `lab gate`.
pub(crate) type GateArgs = commands::GateArgs<Command>;

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Gate(commands::Command),
    /// Cut many WebSocket clients at once, and show when the gate accepts them again
    Storm(StormArgs),
}

/// Runs a gate, whose controls include the storm, or one of the commands.
pub(crate) async fn run(gate: GateArgs) -> Result<()> {
    match gate.command {
        None => gate.standalone.run(storm::routes).await,
        Some(Command::Gate(command)) => command.run().await,
        Some(Command::Storm(storm)) => storm::run(storm).await,
    }
}
