//! `lab serve`: runs one service, as its own program does.

use clap::{Args, Subcommand};
use longpoll_svc::LongPoll;
use service::server::Program;
use sse_svc::Sse;
use std::process::ExitCode;
use support::parent::end_with_parent;
use ws_svc::Ws;

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// End when the parent process ends
    #[arg(long, hide = true)]
    with_parent: bool,
    #[command(subcommand)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum Service {
    /// Long polling
    Longpoll(Program<LongPoll>),
    /// Server-Sent Events
    Sse(Program<Sse>),
    /// WebSocket
    Ws(Program<Ws>),
}

pub(crate) async fn run(
    Serve {
        with_parent,
        service,
    }: Serve,
) -> ExitCode {
    if with_parent {
        end_with_parent();
    }
    match service {
        Service::Longpoll(program) => program.run().await,
        Service::Sse(program) => program.run().await,
        Service::Ws(program) => program.run().await,
    }
}
