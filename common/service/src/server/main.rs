//! The `main` of a service's program: its settings, its log and its exit status.

use super::{TransportService, run::run};
use crate::{
    Config,
    config::{Listen, parse},
    http::health,
};
use clap::{Args, Command, CommandFactory, Parser};
use common::logging::log_to_stderr;
use std::process::ExitCode;

/// The settings of one service's program.
#[derive(Debug, Parser)]
pub struct Program<T: Args> {
    /// Ask the running service whether it is ready, and exit with 0 if it is
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    transport: T,
}

/// Runs one service until SIGTERM or SIGINT, then drains it. A second signal ends it at once.
///
/// With `--check` it requests the health of the running service instead, which becomes the exit
/// status.
pub async fn main<T: TransportService>() -> ExitCode {
    parse::<Program<T>>(|| command::<T>()).run().await
}

impl<T: TransportService> Program<T> {
    /// Does what [`main`] does, with settings that were parsed elsewhere.
    pub async fn run(self) -> ExitCode {
        let Self {
            check,
            listen,
            mut config,
            transport,
        } = self;
        if listen.processes > 1 {
            config.server.workers.get_or_insert(1);
        }
        let addresses = listen.host.addresses(listen.port.unwrap_or(T::PORT));
        if check {
            return health::check(&addresses.unwrap_or_default());
        }
        let _log = log_to_stderr(listen.log_format);
        let processes = listen.processes as usize;
        let run = async { run(transport, addresses?, processes, config).await };
        match run.await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::error!("{}: {error}", T::NAME);
                ExitCode::FAILURE
            }
        }
    }
}

fn command<T: TransportService>() -> Command {
    Program::<T>::command()
        .name(T::NAME)
        .about(T::ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
}
