//! `lab gate …`: runs a standalone gate, or controls one that is running.

use super::{
    command_args::{FaultArgs, LinkArgs, StormArgs},
    measure::{self, Measure},
    show,
    standalone::{self, Standalone, StandaloneServices},
    storm::StormRequest,
};
use anyhow::{Context, bail};
use awc::http::Method;
use clap::{Args, Subcommand};
use client::{Base, http};
use serde::Serialize;
use serde_json::Value;
use support::{console::print_line, transports::PAGE_PORT};

/// A standalone gate, or a request to a running one
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct GateArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    services: Option<StandaloneServices>,
    #[command(flatten)]
    standalone: Standalone,
}

#[derive(Subcommand)]
enum Command {
    /// Show the traffic, link and faults of each route, and what the gate itself costs
    Status(Control),
    /// Change the link; values that are not given stay as they are
    Link(LinkArgs),
    /// Inject a fault: latency, bandwidth, cut, black-hole, freeze, refuse, bad-gateway, buffer,
    /// idle-timeout or block-upgrade
    Fault(FaultArgs),
    /// Cut many WebSocket clients at once, and show when the gate accepts them again
    Storm(StormArgs),
    /// End all faults
    Clear(Control),
    /// Measure the gate itself: the delay it adds and its CPU time
    Measure(Measure),
}

/// Which gate to control.
#[derive(Args)]
pub(super) struct Control {
    /// URL of the page, or of the gate's controls
    #[arg(long, default_value_t = Base::local(PAGE_PORT))]
    url: Base,

    /// Print the JSON of the response unchanged
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(gate: GateArgs) -> anyhow::Result<()> {
    let Some(command) = gate.command else {
        let Some(services) = gate.services else {
            bail!("expected --longpoll, --sse and --ws, the services behind the gate; see --help");
        };
        return standalone::serve(services, gate.standalone).await;
    };
    match command {
        Command::Status(control) => control.send(Method::GET, "/gate", &()).await,
        Command::Clear(control) => control.send(Method::DELETE, "/gate/faults", &()).await,
        Command::Link(link) => {
            let body = link.request();
            link.control.send(Method::PUT, "/gate/link", &body).await
        }
        Command::Fault(fault) => {
            let body = fault.request();
            let control = fault.control;
            control.send(Method::POST, "/gate/faults", &body).await
        }
        Command::Storm(storm) => {
            let body = StormRequest {
                clients: storm.clients,
                backoff: storm.backoff,
            };
            let control = storm.control;
            control.send(Method::POST, "/gate/storm", &body).await
        }
        Command::Measure(measure) => measure::run(measure).await,
    }
}

impl Control {
    /// Sends a request to the gate and prints the response.
    async fn send(&self, method: Method, path: &str, body: &impl Serialize) -> anyhow::Result<()> {
        let state = self.request(method, path, body).await;
        let state = state.with_context(|| self.url.to_string())?;
        print_line(&if self.json {
            state.to_string()
        } else {
            show::words(&state)
        });
        Ok(())
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<Value> {
        let has_body = matches!(method, Method::PUT | Method::POST);
        let request = http::client().request(method, self.url.at(path));
        let sent = if has_body {
            request.send_json(body)
        } else {
            request.send()
        };
        let response = sent.await.map_err(|error| anyhow::anyhow!("{error}"))?;
        let accepted = http::accepted(response).await;
        let mut response = accepted.map_err(|error| anyhow::anyhow!("{error}"))?;
        let body = response.body().await?;
        Ok(serde_json::from_slice(&body)?)
    }
}
