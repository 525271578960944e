//! `lab serve`: one service in a process of its own, so that who has `lab` needs no other program.

use clap::Subcommand;
use common::server::Program;
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::process::ExitCode;
use ws_svc::Ws;

#[derive(Debug, Subcommand)]
pub(crate) enum Serve {
    /// Long polling
    Longpoll(Program<LongPoll>),
    /// Server-Sent Events
    Sse(Program<Sse>),
    /// WebSocket
    Ws(Program<Ws>),
}

pub(crate) async fn run(serve: Serve) -> ExitCode {
    match serve {
        Serve::Longpoll(program) => program.run().await,
        Serve::Sse(program) => program.run().await,
        Serve::Ws(program) => program.run().await,
    }
}
