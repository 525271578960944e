//! The service as a program.

use clap::Parser;
use common::{
    Config,
    config::{self, Listen},
};
use std::process::ExitCode;

/// Carries messages over Server-Sent Events
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    sse: sse_svc::Sse,
}

#[actix_web::main]
async fn main() -> ExitCode {
    let Args { listen, config, sse } = config::parse();
    common::server::main(sse, listen, config).await
}
