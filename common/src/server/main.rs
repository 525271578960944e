//! `main` of a service: its settings, and its log.

use super::{Transport, run::run};
use crate::{
    Config,
    config::{Listen, LogFormat, parse},
    http::health,
};
use clap::{Args, Command, CommandFactory, Parser};
use serde_json::json;
use std::{io::Write, net::SocketAddr, process::ExitCode};

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
        let Self { listen, mut config, transport } = self;
        if listen.processes > 1 {
            config.workers.get_or_insert(1);
        }
        let address = SocketAddr::new(listen.host, listen.port.unwrap_or(T::PORT));
        if listen.check {
            return health::check(address);
        }
        log_to_stderr(listen.log_format);
        match run(transport, address, listen.processes as usize, config).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::error!("{}: {error}", T::NAME);
                ExitCode::FAILURE
            }
        }
    }
}

fn command<T: Transport>() -> Command {
    Program::<T>::command().name(T::NAME).about(T::ABOUT).version(env!("CARGO_PKG_VERSION"))
}

/// Logs to standard error; `RUST_LOG` says what.
pub fn log_to_stderr(format: LogFormat) {
    // The dispatcher calls it an error of ours when a peer leaves, or is let go, in the middle of something.
    let default = "info,actix_server=warn,actix_http::h1::dispatcher=off";
    let mut logger = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(default));
    if format == LogFormat::Json {
        logger.format(|out, record| {
            let line = json!({
                "time": out.timestamp_millis().to_string(),
                "level": record.level().as_str(),
                "target": record.target(),
                "message": record.args().to_string(),
            });
            writeln!(out, "{line}")
        });
    }
    logger.init();
}
