//! The audit as a program of its own, for any deployment.

use audit::Audit;
use clap::Parser;
use std::process::ExitCode;
use support::arguments;

/// Check that no message is lost, duplicated or out of order, while connections are cut and
/// services restarted
#[derive(Parser)]
#[command(name = "audit", version)]
struct Program {
    #[command(flatten)]
    audit: Audit,
}

#[actix_web::main]
async fn main() -> ExitCode {
    audit::run(arguments::parse::<Program>().audit).await
}
