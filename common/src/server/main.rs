//! `main` of a service: settings, listener, run until a signal, drain.

use super::{Running, Transport, listen, start};
use crate::{
    Config,
    broker::Broker,
    config::{Listen, LogFormat, parse},
    http::health,
};
use clap::{Args, Command, CommandFactory, Parser};
use serde_json::json;
use std::{io, io::Write, net::SocketAddr, process::ExitCode};
use tokio::signal::unix::{Signal, SignalKind, signal};

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
        let Self { listen, config, transport } = self;
        let address = SocketAddr::new(listen.host, listen.port.unwrap_or(T::PORT));
        if listen.check {
            return health::check(address);
        }
        log_to_stderr(listen.log_format);
        match run::<T>(transport, address, config).await {
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

async fn run<T: Transport>(transport: T, address: SocketAddr, config: Config) -> io::Result<()> {
    let broker = Broker::from(&config);
    let listener = listen(address)
        .map_err(|error| io::Error::new(error.kind(), format!("{error}; --port or PORT moves the service")))?;
    log::info!("{}: messages take at most {} MiB of memory", T::NAME, config.most_memory() / 1024 / 1024);
    let running = start(listener, transport, config, broker)?;
    log::info!("{}: listening on http://{}", T::NAME, running.address());
    let mut signals = shut_down_signal()?;
    signals.recv().await;
    stop(T::NAME, &running, &mut signals).await;
    Ok(())
}

async fn stop(name: &str, running: &Running, signals: &mut Signals) {
    log::info!("{name}: stopping; {} readers are told to go", running.service().hub.metrics().readers.get());
    tokio::select! {
        () = running.stop() => log::info!("{name}: stopped"),
        () = signals.recv() => {
            running.kill().await;
            log::warn!("{name}: stopped at once by a second signal");
        }
    }
}

/// The signals that end a service.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Listens for SIGTERM and SIGINT from now on.
pub fn shut_down_signal() -> io::Result<Signals> {
    Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
}

impl Signals {
    /// Waits for the next of them.
    pub async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
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
