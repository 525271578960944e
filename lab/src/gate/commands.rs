//! `lab gate …`: a gate alone, and what controls one that runs.

use super::{
    alone::{self, Alone, Behind},
    args,
    fault::Fault,
    measure::{self, Measure},
    show,
    storm::StormWish,
    wish::{FaultWish, LinkWish},
};
use crate::{
    client::{Base, http},
    lanes::PAGE_PORT,
    units,
};
use awc::http::Method;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;
use std::{num::NonZeroU64, process::ExitCode, time::Duration};

/// A gate alone, or one that is told what to do.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct GateArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    behind: Option<Behind>,
    #[command(flatten)]
    alone: Alone,
}

#[derive(Subcommand)]
enum Command {
    /// Show what each lane has carried, its link and its faults, and what the gate itself costs
    Status(Control),
    /// Change the link; what is not given stays as it is
    Link(LinkArgs),
    /// Break something: latency, bandwidth, cut, black-hole, freeze, refuse, bad-gateway, buffer, idle-timeout or block-upgrade
    Fault(FaultArgs),
    /// Cut many WebSocket clients at once, and show when the gate accepts them again
    Storm(StormArgs),
    /// End all faults
    Clear(Control),
    /// Measure the gate itself: what it adds to its delay, and what CPU time it takes
    Measure(Measure),
}

/// Which gate is meant.
#[derive(Args)]
struct Control {
    /// Address of the page, or of the gate's controls
    #[arg(long, default_value_t = Base::local(PAGE_PORT))]
    url: Base,

    /// Show the JSON of the answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct LinkArgs {
    /// How long bytes take, such as 50ms; 0 for no delay
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    delay: Option<Duration>,

    /// By how much less or more that may be
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    jitter: Option<Duration>,

    /// Such as 56kbit or 1mbit, a second; none for no limit
    #[arg(long, value_parser = limit)]
    bandwidth: Option<Limit>,

    /// Which lane [default: all]
    #[arg(long, value_parser = args::lane)]
    lane: Option<&'static str>,

    /// Only to the services
    #[arg(long, conflicts_with = "down")]
    up: bool,

    /// Only from the services
    #[arg(long)]
    down: bool,

    #[command(flatten)]
    control: Control,
}

#[derive(Args)]
struct FaultArgs {
    /// Which one
    #[arg(value_parser = Fault::NAMES)]
    fault: String,

    /// Which lane [default: all]
    #[arg(long, value_parser = args::lane)]
    lane: Option<&'static str>,

    /// After which time it ends by itself, such as 5s [default: with `gate clear`]
    #[arg(long = "for", value_name = "TIME", value_parser = units::time)]
    lasts: Option<Duration>,

    /// latency: how long bytes take each way, such as 400ms
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    delay: Option<Duration>,

    /// latency: by how much less or more that may be
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    jitter: Option<Duration>,

    /// bandwidth: such as 16kbit, a second, each way
    #[arg(long, value_parser = units::bandwidth)]
    bandwidth: Option<NonZeroU64>,

    /// freeze: what goes to the services, in place of what comes from them
    #[arg(long)]
    up: bool,

    /// buffer: until there are so many kilobytes
    #[arg(long, value_name = "N")]
    kilobytes: Option<u32>,

    /// idle-timeout: after so much silence
    #[arg(long, value_name = "TIME", value_parser = units::time)]
    after: Option<Duration>,

    #[command(flatten)]
    control: Control,
}

#[derive(Args)]
struct StormArgs {
    /// How many, 1 to 200
    #[arg(long, value_name = "N", default_value_t = 100)]
    clients: usize,

    /// Each waits as our clients do, any time up to half a second, in place of coming back at once
    #[arg(long)]
    backoff: bool,

    #[command(flatten)]
    control: Control,
}

/// A limit of bandwidth, or that there is none.
#[derive(Clone, Copy)]
struct Limit(Option<NonZeroU64>);

/// Does what is asked.
pub(crate) async fn run(gate: GateArgs) -> ExitCode {
    let done = match (gate.command, gate.behind) {
        (Some(Command::Status(control)), _) => control.send(Method::GET, "/gate", &()).await,
        (Some(Command::Clear(control)), _) => {
            control.send(Method::DELETE, "/gate/faults", &()).await
        }
        (Some(Command::Link(link)), _) => {
            link.control
                .send(Method::PUT, "/gate/link", &link.wish())
                .await
        }
        (Some(Command::Fault(fault)), _) => {
            fault
                .control
                .send(Method::POST, "/gate/faults", &fault.wish())
                .await
        }
        (
            Some(Command::Storm(StormArgs {
                clients,
                backoff,
                control,
            })),
            _,
        ) => {
            control
                .send(Method::POST, "/gate/storm", &StormWish { clients, backoff })
                .await
        }
        (Some(Command::Measure(measure)), _) => measure::run(measure)
            .await
            .map_err(|error| error.to_string()),
        (None, Some(behind)) => alone::serve(behind, gate.alone)
            .await
            .map_err(|error| error.to_string()),
        (None, None) => Err(
            "--longpoll, --sse and --ws name the services behind it; --help tells more".to_owned(),
        ),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

impl Control {
    /// Sends a wish, and shows what came of it.
    async fn send(&self, method: Method, path: &str, wish: &impl Serialize) -> Result<(), String> {
        let has_body = matches!(method, Method::PUT | Method::POST);
        let request = http::client().request(method, self.url.at(path));
        let sent = if has_body {
            request.send_json(wish)
        } else {
            request.send()
        };
        let answer = sent
            .await
            .map_err(|error| format!("{}: {error}", self.url))?;
        let mut answer = http::accepted(answer)
            .await
            .map_err(|trouble| format!("{}: {trouble}", self.url))?;
        let body = answer.body().await.map_err(|error| error.to_string())?;
        let state: Value =
            serde_json::from_slice(&body).map_err(|error| format!("{}: {error}", self.url))?;
        crate::console::print_line(&if self.json {
            state.to_string()
        } else {
            show::words(&state)
        });
        Ok(())
    }
}

impl LinkArgs {
    fn wish(&self) -> LinkWish {
        LinkWish {
            lane: self.lane.map(str::to_owned),
            direction: [(self.up, "up"), (self.down, "down")]
                .into_iter()
                .find(|(only, _)| *only)
                .map(|(_, way)| way.to_owned()),
            delay: self.delay.map(millis),
            jitter: self.jitter.map(millis),
            bandwidth: self.bandwidth.map(|Limit(bits)| bits.map(NonZeroU64::get)),
        }
    }
}

impl FaultArgs {
    fn wish(&self) -> FaultWish {
        FaultWish {
            fault: self.fault.clone(),
            lane: self.lane.map(str::to_owned),
            lasts: self.lasts.map(|time| time.as_secs_f64()),
            delay: self.delay.map(millis),
            jitter: self.jitter.map(millis),
            bandwidth: self.bandwidth.map(NonZeroU64::get),
            direction: self.up.then(|| "up".to_owned()),
            kilobytes: self.kilobytes,
            after: self.after.map(|time| time.as_secs_f64()),
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        Ok(Limit(None))
    } else {
        units::bandwidth(text).map(|bits| Limit(Some(bits)))
    }
}
