//! A fault as the API has it: the body of `POST /gate/faults`, which the arguments of `gate fault`
//! become, and the description of an active fault.

use super::{
    args,
    fault::{Direction, Fault},
    parameters::{bandwidth, kilobytes, milliseconds, seconds},
};
use clap::Args;
use serde::{Deserialize, Serialize};
use service::http::Problem;
use std::time::Duration;

/// Default delay of a latency fault, in milliseconds.
const DEFAULT_DELAY: f64 = 400.0;
/// Default bandwidth of a bandwidth fault, in bits a second.
const DEFAULT_BANDWIDTH: u64 = 16_000;
/// Default size of a buffer fault, in kilobytes. About what nginx buffers of one response.
const DEFAULT_BUFFER: u32 = 32;
/// Default of an idle timeout, in seconds.
const DEFAULT_IDLE: f64 = 10.0;

/// A fault with its parameters. Delays are in milliseconds, other times in seconds, and a bandwidth
/// is in bits a second.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRequest {
    /// Name of the fault
    #[arg(value_parser = Fault::NAMES)]
    fault: String,

    /// Name of one lane, such as sse [default: all lanes]
    #[arg(long, value_parser = args::lane)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,

    /// How long the fault lasts, such as 5s [default: until `gate clear`]
    #[arg(long = "for", value_name = "TIME", value_parser = args::fault_seconds)]
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    lasts: Option<f64>,

    /// latency: delay each way, such as 1s [default: 400ms]
    #[arg(long, value_name = "TIME", value_parser = args::delay_millis)]
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<f64>,

    /// latency: how much shorter or longer the delay may be [default: 0]
    #[arg(long, value_name = "TIME", value_parser = args::delay_millis)]
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<f64>,

    /// bandwidth: bandwidth a second, each way, such as 56kbit [default: 16kbit]
    #[arg(long, value_parser = args::bits)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bandwidth: Option<u64>,

    /// freeze: freeze the direction to the services
    #[arg(long, conflicts_with = "down")]
    #[serde(skip)]
    up: bool,

    /// freeze: freeze the direction from the services (the default)
    #[arg(long)]
    #[serde(skip)]
    down: bool,

    /// See [`Self::with_direction`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,

    /// buffer: kilobytes of a response that are held back [default: 32]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    kilobytes: Option<u32>,

    /// idle-timeout: close connections that are silent for this time [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = args::fault_seconds)]
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<f64>,
}

impl FaultRequest {
    /// Returns the request with the direction that the two flags say.
    pub(super) fn with_direction(self) -> Self {
        Self {
            direction: Direction::of_flags(self.up, self.down),
            ..self
        }
    }

    /// Describes an active fault.
    pub(super) fn describing(fault: Fault, lane: &str) -> Self {
        let millis = |time: Duration| Some(time.as_secs_f64() * 1000.0);
        let named = Self {
            fault: fault.name().to_owned(),
            lane: Some(lane.to_owned()),
            ..Self::default()
        };
        match fault {
            Fault::Latency { delay, jitter } => Self {
                delay: millis(delay),
                jitter: millis(jitter),
                ..named
            },
            Fault::Bandwidth(bits) => Self {
                bandwidth: Some(bits.get()),
                ..named
            },
            Fault::Freeze(direction) => Self {
                direction: Some(direction),
                ..named
            },
            Fault::Buffer(bytes) => Self {
                kilobytes: Some((bytes / 1000) as u32),
                ..named
            },
            Fault::IdleTimeout(time) => Self {
                after: Some(time.as_secs_f64()),
                ..named
            },
            _ => named,
        }
    }

    /// Returns the fault and its duration.
    pub(super) fn check(&self) -> Result<(Fault, Option<Duration>), Problem> {
        let fault = match &*self.fault {
            "latency" => Fault::Latency {
                delay: milliseconds("delay", self.delay.unwrap_or(DEFAULT_DELAY))?,
                jitter: milliseconds("jitter", self.jitter.unwrap_or(0.0))?,
            },
            "bandwidth" => {
                Fault::Bandwidth(bandwidth(self.bandwidth.unwrap_or(DEFAULT_BANDWIDTH))?)
            }
            "cut" => Fault::Cut,
            "black-hole" => Fault::BlackHole,
            "freeze" => Fault::Freeze(self.direction.unwrap_or(Direction::Down)),
            "refuse" => Fault::Refuse,
            "bad-gateway" => Fault::BadGateway,
            "buffer" => Fault::Buffer(kilobytes(self.kilobytes.unwrap_or(DEFAULT_BUFFER))?),
            "idle-timeout" => {
                Fault::IdleTimeout(seconds("after", self.after.unwrap_or(DEFAULT_IDLE))?)
            }
            "block-upgrade" => Fault::BlockUpgrade,
            other => {
                let names = Fault::NAMES.join(", ");
                let allowed = format!("the faults are {names}");
                return Err(Problem::parameter("fault", other, allowed));
            }
        };
        self.check_parameters(fault)?;
        let lasts = self.lasts.map(|lasts| seconds("for", lasts)).transpose()?;
        Ok((fault, lasts))
    }

    /// Refuses parameters of other faults.
    fn check_parameters(&self, fault: Fault) -> Result<(), Problem> {
        let name = fault.name();
        if self.lasts.is_some() && name == "cut" {
            return Err(bad_parameter("for: a cut is over at once"));
        }
        let parameters = [
            ("delay", self.delay.is_some(), "latency"),
            ("jitter", self.jitter.is_some(), "latency"),
            ("bandwidth", self.bandwidth.is_some(), "bandwidth"),
            ("direction, up or down,", self.direction.is_some(), "freeze"),
            ("kilobytes", self.kilobytes.is_some(), "buffer"),
            ("after", self.after.is_some(), "idle-timeout"),
        ];
        for (parameter, given, only) in parameters {
            if given && name != only {
                let detail = format!("{parameter} is only for {only}");
                return Err(bad_parameter(&detail));
            }
        }
        Ok(())
    }
}

fn bad_parameter(detail: &str) -> Problem {
    Problem::new(400, "bad-parameter", detail)
}
