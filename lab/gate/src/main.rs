//! The gate as a program of its own, for any HTTP server. docs/gate.md is its reference.

use clap::Parser;
use gate::commands::{self, GateArgs};
use std::process::ExitCode;
use support::arguments;

/// A TCP proxy in front of any HTTP server: it counts what passes, adds delay and a bandwidth
/// limit, and injects faults such as cut connections
#[derive(Parser)]
#[command(name = "gate", version, after_help = EXAMPLES)]
struct Program {
    #[command(flatten)]
    gate: GateArgs,
}

const EXAMPLES: &str = "\
Examples:
  gate --upstream http://localhost:3000 --delay 100ms   Put a gate before a server
  curl http://localhost:8001/                           Reach the server through the gate
  gate status                                           Show what has passed
  gate fault cut                                        Cut all open connections";

#[actix_web::main]
async fn main() -> ExitCode {
    match commands::run(arguments::parse::<Program>().gate).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
