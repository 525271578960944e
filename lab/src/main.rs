//! `cargo lab`: everything on one machine. This file is the table of commands; each of them has a module.
//!
//! - [`up`]: the three services and the page in one process
//! - [`page`]: the page alone
//! - [`serve`]: one service alone, as its own program does it
//! - [`publish`], [`listen`]: both ends of a channel, for a terminal and for scripts
//! - [`drain`]: what happens to many readers when a service stops
//! - [`broker`]: what a message costs on its way through memory and through Redis
//! - [`audit`]: whether the services keep what they promise, while everything is cut and restarted
//! - [`mod@gate`]: a proxy in front of the services that counts, delays and breaks
//! - [`topology`]: threads and processes that the page starts and kills
//! - [`limit`]: the least that a server can cost, to measure the services against
//! - [`load`]: thousands of readers on one thread
//! - [`client`]: one small client for each transport, which `listen` is made of

mod arguments;
mod audit;
mod bench;
mod broker;
mod chance;
mod client;
mod console;
mod drain;
mod environment;
mod gate;
mod histogram;
mod keyspace;
mod lanes;
mod limit;
mod listen;
mod load;
mod page;
mod publish;
mod redis;
mod secrets;
mod serve;
mod service_links;
mod spawned;
mod topology;
mod units;
mod up;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The same message over long polling, Server-Sent Events and WebSocket: start it all, publish to it, listen to it
#[derive(Parser)]
#[command(
    name = "lab",
    bin_name = "cargo lab",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command this is `up`: three services and the page in one process, with one broker behind them."
)]
struct Lab {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: up::Up,
}

#[derive(Subcommand)]
enum Command {
    /// Start the three services and the page; the same as without a command
    Up(Box<up::Up>),
    /// Serve only the page, for services that run elsewhere
    Page(Box<page::Page>),
    /// Run one service, with its settings
    Serve(Box<serve::Serve>),
    /// Send each line of standard input as a message, JSON if it is JSON, else as text
    Publish(publish::Publish),
    /// Print the messages of a channel, one line of JSON each
    Listen(listen::Listen),
    /// Stop services with many readers and show when those are told to go and when they come back
    Drain(Box<drain::Drain>),
    /// Measure what a delivery costs on each transport, beside the limit of the kernel
    Bench(Box<bench::run::command::Bench>),
    /// Serve with nothing but epoll and writes: what the kernel costs, and the yardstick of `bench`
    Limit(limit::Limit),
    /// A proxy in front of the services that counts, delays and breaks what passes: start one, or control one that runs
    Gate(Box<gate::commands::GateArgs>),
    /// Measure what a message costs on its way through memory and through a redis-server
    Broker(broker::Measure),
    /// Prove that nothing gets lost, doubled or out of order, while connections are cut and services restarted
    Audit(Box<audit::Audit>),
    /// Write docs/claims.md and docs/benchmark.md anew from the result of a benchmark
    Claims(bench::claims::Claims),
    /// Show the result of a benchmark, as text or as a page
    Report(bench::report::Report),
}

#[actix_web::main]
async fn main() -> ExitCode {
    run(arguments::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(Lab { command, up }: Lab) -> anyhow::Result<ExitCode> {
    Ok(match command {
        None => up::run(up).await,
        Some(Command::Up(up)) => up::run(*up).await,
        Some(Command::Page(page)) => page::run(*page).await,
        Some(Command::Serve(serve)) => serve::run(*serve).await,
        Some(Command::Publish(publish)) => publish::run(publish).await,
        Some(Command::Listen(listen)) => listen::run(listen).await,
        Some(Command::Drain(drain)) => drain::run(*drain).await,
        Some(Command::Bench(bench)) => bench::run::command::run(*bench),
        Some(Command::Limit(limit)) => limit::run(&limit),
        Some(Command::Gate(gate)) => {
            gate::commands::run(*gate).await?;
            ExitCode::SUCCESS
        }
        Some(Command::Broker(measure)) => broker::run(measure).await,
        Some(Command::Audit(audit)) => audit::run(*audit).await,
        Some(Command::Claims(claims)) => bench::claims::run(&claims),
        Some(Command::Report(report)) => bench::report::run(&report),
    })
}
