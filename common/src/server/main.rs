//! `main` of a service: its settings, its log, and its exit code.

use super::{Transport, run::run};
use crate::{
    Config,
    config::{Listen, parse},
    http::health,
    logging::log_to_stderr,
};
use clap::{Args, Command, CommandFactory, Parser};
use std::process::ExitCode;

/// The settings of one service's program.
#[derive(Debug, Parser)]
pub struct Program<T: Args> {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    transport: T,
}

/// Runs one service until SIGTERM or SIGINT, then drains it; a second signal ends it at once.
/// `--check` asks the running service for its health instead and makes the answer the exit code.
pub async fn main<T: Transport>() -> ExitCode {
    parse::<Program<T>>(|| command::<T>()).run().await
}

impl<T: Transport> Program<T> {
    /// What [`main`] does, with settings that were read elsewhere.
    pub async fn run(self) -> ExitCode {
        let Self {
            listen,
            mut config,
            transport,
        } = self;
        if listen.processes > 1 {
            config.workers.get_or_insert(1);
        }
        let addresses = listen.host.addresses(listen.port.unwrap_or(T::PORT));
        if listen.check {
            let is_ready = |addresses: Vec<_>| {
                addresses
                    .into_iter()
                    .any(|at| health::check(at) == ExitCode::SUCCESS)
            };
            return if addresses.is_ok_and(is_ready) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
        let _log = log_to_stderr(listen.log_format);
        let run = async { run(transport, addresses?, listen.processes as usize, config).await };
        match run.await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::error!("{}: {error}", T::NAME);
                ExitCode::FAILURE
            }
        }
    }
}

fn command<T: Transport>() -> Command {
    Program::<T>::command()
        .name(T::NAME)
        .about(T::ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
}
