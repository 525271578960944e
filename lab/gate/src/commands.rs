//! The commands of a gate: run a standalone one, or control one that is running.

use super::{
    api,
    fault_request::FaultRequest,
    link_request::LinkRequest,
    measure::{self, Measure},
    show,
    standalone::Standalone,
};
use anyhow::{Context, anyhow, ensure};
use awc::{error::SendRequestError, http::Method};
use clap::{Args, Subcommand};
use client::{Base, http};
use serde::Serialize;
use serde_json::Value;
use support::{console::NOT_RUNNING, json_file::JsonFile, transports::PAGE_PORT};

/// Arguments of a program that runs a gate, or one of these commands.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct GateArgs<C: Subcommand = Command> {
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<C>,
    /// The gate to run.
    #[command(flatten)]
    pub standalone: Standalone,
}

/// A command to a running gate, or about a gate.
#[derive(Subcommand)]
pub enum Command {
    /// Show the traffic, link and faults of each lane, and what the gate itself costs
    Status(Control),
    /// Change the link; values that are not given stay as they are
    Link {
        /// The change.
        #[command(flatten)]
        link: LinkRequest,
        /// Which gate to control.
        #[command(flatten)]
        control: Control,
    },
    /// Inject a fault: latency, bandwidth, cut, black-hole, freeze, refuse, bad-gateway, buffer,
    /// idle-timeout or block-upgrade
    Fault {
        /// The fault to start.
        #[command(flatten)]
        fault: FaultRequest,
        /// Which gate to control.
        #[command(flatten)]
        control: Control,
    },
    /// End all faults
    Clear(Control),
    /// Measure the gate itself: the delay it adds and its CPU time
    Measure(Measure),
}

/// Which gate to control.
#[derive(Args)]
pub struct Control {
    /// URL of the page, or of the gate's controls
    #[arg(long, default_value_t = Base::local(PAGE_PORT))]
    url: Base,

    #[command(flatten)]
    json: JsonFile,
}

/// Runs a standalone gate, or a command.
///
/// # Errors
///
/// Those of the command, for people.
pub async fn run(gate: GateArgs) -> anyhow::Result<()> {
    match gate.command {
        None => gate.standalone.run(api::no_more_routes).await,
        Some(command) => command.run().await,
    }
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The gate cannot be reached, or refuses the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let show = |response: &Value| Ok(show::text(response));
        match self {
            Self::Status(control) => control.send(Method::GET, "/gate", &(), show).await,
            Self::Clear(control) => {
                control
                    .send(Method::DELETE, "/gate/faults", &(), show)
                    .await
            }
            Self::Link { link, control } => {
                ensure!(
                    link.has_change(),
                    "nothing to change: expected --delay, --jitter or --bandwidth"
                );
                let body = link.with_direction();
                control.send(Method::PUT, "/gate/link", &body, show).await
            }
            Self::Fault { fault, control } => {
                let body = fault.with_direction();
                control
                    .send(Method::POST, "/gate/faults", &body, show)
                    .await
            }
            Self::Measure(measure) => measure::run(measure).await,
        }
    }
}

impl Control {
    /// Sends a request to the gate, and prints the response as `show` renders it.
    ///
    /// # Errors
    ///
    /// The gate cannot be reached, or refuses the request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        show: impl FnOnce(&Value) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        let response = self.request(method, path, body).await;
        let response = response.with_context(|| self.url.to_string())?;
        self.json.write(&show(&response)?, &response.to_string())?;
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
        let response = sent.await.map_err(not_sent)?;
        let accepted = http::accepted(response).await;
        let mut response = accepted.map_err(|error| anyhow!("{error}"))?;
        let body = response.body().await?;
        serde_json::from_slice(&body).context("this is not the address of a gate's controls")
    }
}

fn not_sent(error: SendRequestError) -> anyhow::Error {
    match error {
        SendRequestError::Connect(error) => {
            anyhow!("{error}: {NOT_RUNNING}")
        }
        error => anyhow!("{error}"),
    }
}
