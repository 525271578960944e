//! `cargo lab`: the services, the page and the tools on one machine. This file lists the commands;
//! each has a module.
//!
//! - [`up`]: the three services and the page in one process
//! - [`page`]: the page alone
//! - [`serve`]: one service, like its own program
//! - [`publish`], [`listen`]: publish to a channel and subscribe to it, from a terminal or a script
//! - [`drain`]: the effect of a drain on many subscribers
//! - [`topology`]: threads and processes that the page starts and kills

mod gate_command;
mod listen;
mod page;
mod publish;
mod retries;
mod serve;
#[cfg(test)]
mod tests;
mod topology;
mod up;

use bench::{broker, drain, limit};
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use support::arguments;

/// The same message over long polling, Server-Sent Events and WebSocket: run the services, publish
/// and subscribe
#[derive(Parser)]
#[command(
    name = "lab",
    bin_name = "cargo lab",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command, `up` runs: three services and the page in one process, with one broker."
)]
struct Lab {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: up::Up,
}

#[derive(Subcommand)]
enum Command {
    /// Start the three services and the page (the default)
    Up(Box<up::Up>),
    /// Serve only the page, for services that run elsewhere
    Page(Box<page::Page>),
    /// Run one service
    Serve(Box<serve::Serve>),
    /// Publish each line of standard input, as JSON or as text
    Publish(publish::Publish),
    /// Print the messages of a channel, one line of JSON each
    Listen(listen::Listen),
    /// Drain services with many subscribers, and show when those are disconnected and reconnect
    Drain(Box<drain::Drain>),
    /// Measure the cost of a delivery on each transport, compared with the limit of the kernel
    Bench(Box<bench::run::command::Bench>),
    /// A peer of `bench`
    #[command(hide = true)]
    Launch(bench::peers::launch::Launch),
    /// Serve with only epoll and writes: the cost of the kernel, and the reference of `bench`
    Limit(limit::Limit),
    /// Run or control a proxy that counts, delays and breaks the traffic of the services
    Gate(Box<gate_command::GateArgs>),
    /// Measure the cost of a message through memory and through a redis-server
    Broker(broker::Measure),
    /// Check that no message is lost, duplicated or out of order, while connections are cut and
    /// services restarted
    Audit(Box<audit::Audit>),
    /// Rewrite docs/claims.md and docs/benchmark.md from results of benchmarks (needs node)
    Claims(bench::claims::Claims),
    /// Show the result of a benchmark as text or Markdown, or compare two
    Report(bench::report::Report),
}

/// Runs the command that the arguments of this process name.
#[actix_web::main]
pub async fn main() -> ExitCode {
    run(arguments::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(Lab { command, up }: Lab) -> anyhow::Result<ExitCode> {
    match command.unwrap_or_else(|| Command::Up(Box::new(up))) {
        Command::Up(up) => up::run(*up).await?,
        Command::Listen(listen) => listen::run(listen).await?,
        Command::Gate(gate) => gate_command::run(*gate).await?,
        Command::Page(page) => return Ok(page::run(*page).await),
        Command::Serve(serve) => return Ok(serve::run(*serve).await),
        Command::Publish(publish) => return Ok(publish::run(publish).await),
        Command::Drain(drain) => drain::run(*drain).await?,
        Command::Bench(bench) => return bench::run::command::run(*bench),
        Command::Launch(launch) => bench::peers::launch::run(&launch)?,
        Command::Limit(limit) => match limit::run(&limit)? {},
        Command::Broker(measure) => broker::run(measure).await?,
        Command::Audit(audit) => return Ok(audit::run(*audit).await),
        Command::Claims(claims) => bench::claims::run(&claims)?,
        Command::Report(report) => bench::report::run(&report)?,
    }
    Ok(ExitCode::SUCCESS)
}
