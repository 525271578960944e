//! The gate as a program of its own, for any HTTP server.

use clap::Parser;
use gate::commands::{self, GateArgs};
use std::process::ExitCode;
use support::arguments;

/// Run or control a proxy that counts, delays and breaks the traffic of an HTTP server
#[derive(Parser)]
#[command(name = "gate", version)]
struct Program {
    #[command(flatten)]
    gate: GateArgs,
}

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
