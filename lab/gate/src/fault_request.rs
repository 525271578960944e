//! The body of `POST /gate/faults`: a fault to start.

use super::{
    fault::{Direction, Fault},
    parameters::{bandwidth, direction, kilobytes, milliseconds, seconds},
};
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

/// A fault to start.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRequest {
    pub(super) fault: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,
    /// Duration in seconds; without it the fault lasts until it is ended.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(super) lasts: Option<f64>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<f64>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jitter: Option<f64>,
    /// Bits a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bandwidth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kilobytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<f64>,
}

impl FaultRequest {
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
            "freeze" => {
                Fault::Freeze(direction(self.direction.as_deref())?.unwrap_or(Direction::Down))
            }
            "refuse" => Fault::Refuse,
            "bad-gateway" => Fault::BadGateway,
            "buffer" => Fault::Buffer(kilobytes(self.kilobytes.unwrap_or(DEFAULT_BUFFER))?),
            "idle-timeout" => {
                Fault::IdleTimeout(seconds("after", self.after.unwrap_or(DEFAULT_IDLE))?)
            }
            "block-upgrade" => Fault::BlockUpgrade,
            other => {
                return Err(Problem::parameter(
                    "fault",
                    other,
                    format!("the faults are {}", Fault::NAMES.join(", ")),
                ));
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
