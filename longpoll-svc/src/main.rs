//! The service as a program.

use clap::Parser;
use common::{
    Config,
    config::{self, Listen},
};
use longpoll_svc::LongPoll;
use std::process::ExitCode;

/// Carries messages over long polling
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    config: Config,
}

#[actix_web::main]
async fn main() -> ExitCode {
    let Args { listen, config } = config::parse();
    common::server::main(LongPoll::default(), listen, config).await
}
