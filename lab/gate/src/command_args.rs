//! Arguments of the commands that control a running gate, and the requests they become.

use super::{
    args, commands::Control, fault::Fault, fault_request::FaultRequest, link_request::LinkRequest,
};
use clap::Args;
use std::{num::NonZeroU64, time::Duration};
use support::units;

/// Arguments of `gate link`.
#[derive(Args)]
pub struct LinkArgs {
    /// Delay of the link, such as 50ms; 0 for none
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    delay: Option<Duration>,

    /// Jitter: how much shorter or longer the delay may be
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    jitter: Option<Duration>,

    /// Bandwidth a second, such as 56kbit or 1mbit; none for no limit
    #[arg(long, value_parser = limit)]
    bandwidth: Option<Limit>,

    /// Name of one lane, such as sse [default: all lanes]
    #[arg(long, value_parser = args::lane)]
    lane: Option<String>,

    /// Change only the direction to the services
    #[arg(long, conflicts_with = "down")]
    up: bool,

    /// Change only the direction from the services
    #[arg(long)]
    down: bool,

    #[command(flatten)]
    pub(super) control: Control,
}

/// Arguments of `gate fault`.
#[derive(Args)]
pub struct FaultArgs {
    /// Name of the fault
    #[arg(value_parser = Fault::NAMES)]
    fault: String,

    /// Name of one lane, such as sse [default: all lanes]
    #[arg(long, value_parser = args::lane)]
    lane: Option<String>,

    /// How long the fault lasts, such as 5s [default: until `gate clear`]
    #[arg(long = "for", value_name = "TIME", value_parser = args::fault_time())]
    lasts: Option<Duration>,

    /// latency: delay each way, such as 1s [default: 400ms]
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    delay: Option<Duration>,

    /// latency: how much shorter or longer the delay may be [default: 0]
    #[arg(long, value_name = "TIME", value_parser = args::delay)]
    jitter: Option<Duration>,

    /// bandwidth: bandwidth a second, each way, such as 56kbit [default: 16kbit]
    #[arg(long, value_parser = units::bandwidth)]
    bandwidth: Option<NonZeroU64>,

    /// freeze: freeze the direction to the services
    #[arg(long, conflicts_with = "down")]
    up: bool,

    /// freeze: freeze the direction from the services (the default)
    #[arg(long)]
    down: bool,

    /// buffer: kilobytes of a response that are held back [default: 32]
    #[arg(long, value_name = "N")]
    kilobytes: Option<u32>,

    /// idle-timeout: close connections that are silent for this time [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = args::fault_time())]
    after: Option<Duration>,

    #[command(flatten)]
    pub(super) control: Control,
}

/// A bandwidth limit, or none.
#[derive(Clone, Copy)]
pub(super) struct Limit(Option<NonZeroU64>);

impl LinkArgs {
    /// Returns whether a value of the link is given.
    pub(super) fn has_change(&self) -> bool {
        self.delay.is_some() || self.jitter.is_some() || self.bandwidth.is_some()
    }

    /// Returns the body of the request.
    pub(super) fn request(&self) -> LinkRequest {
        LinkRequest {
            lane: self.lane.clone(),
            direction: direction(self.up, self.down),
            delay: self.delay.map(millis),
            jitter: self.jitter.map(millis),
            bandwidth: self.bandwidth.map(|Limit(bits)| bits.map(NonZeroU64::get)),
        }
    }
}

impl FaultArgs {
    /// Returns the body of the request.
    pub(super) fn request(&self) -> FaultRequest {
        FaultRequest {
            fault: self.fault.clone(),
            lane: self.lane.clone(),
            lasts: self.lasts.map(|time| time.as_secs_f64()),
            delay: self.delay.map(millis),
            jitter: self.jitter.map(millis),
            bandwidth: self.bandwidth.map(NonZeroU64::get),
            direction: direction(self.up, self.down),
            kilobytes: self.kilobytes,
            after: self.after.map(|time| time.as_secs_f64()),
        }
    }
}

/// Returns the direction that a flag names, if there is one.
fn direction(up: bool, down: bool) -> Option<String> {
    let flags = [(up, "up"), (down, "down")];
    let (_, name) = flags.into_iter().find(|(given, _)| *given)?;
    Some(name.to_owned())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn limit(text: &str) -> Result<Limit, &'static str> {
    if text == "none" {
        Ok(Limit(None))
    } else {
        units::bandwidth(text).map(|bits| Limit(Some(bits)))
    }
}
