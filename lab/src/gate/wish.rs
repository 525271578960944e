//! What is asked of the gate in JSON, checked: a link, a fault.

use super::{
    fault::{Fault, Way},
    link::{LONGEST, Link},
};
use crate::lanes::GATE_LANES;
use common::http::Problem;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{num::NonZeroU64, time::Duration};

/// Longest time that a fault may last by itself, or an idle connection live, in seconds.
const LONGEST_FAULT: f64 = 3600.0;
/// Least bandwidth, in bits a second: a segment takes ten seconds then.
const LEAST_BANDWIDTH: u64 = 1200;
/// Milliseconds of a latency where nothing is said.
const DELAY: f64 = 400.0;
/// Bits a second of a narrow link where nothing is said.
const BANDWIDTH: u64 = 16_000;
/// What a buffering intermediary keeps where nothing is said, in kilobytes: nginx's default for one answer, about.
const BUFFER: u32 = 32;
/// The most that it may keep.
const MOST_BUFFER: u32 = 1000;
/// After how many seconds of silence connections are closed where nothing is said.
const IDLE: f64 = 10.0;

/// A change of links. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkWish {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<String>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<f64>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jitter: Option<f64>,
    /// In bits a second; null takes the limit away.
    #[serde(default, with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) bandwidth: Option<Option<u64>>,
}

/// A fault that is to begin.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultWish {
    pub(super) fault: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,
    /// Seconds after which it ends by itself.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(super) lasts: Option<f64>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<f64>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jitter: Option<f64>,
    /// In bits a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bandwidth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kilobytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<f64>,
}

/// Reads JSON, and says what is wrong with it.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => Problem::new(400, "bad-parameter", error),
        false => Problem::new(400, "malformed-json", error),
    })
}

/// A lane that there is, if one is named.
pub(super) fn lane(name: Option<&str>) -> Result<Option<&'static str>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let found = GATE_LANES.into_iter().find(|lane| *lane == name);
    let allowed = || {
        format!(
            "the lanes are {}; without one, all of them are meant",
            GATE_LANES.join(", ")
        )
    };
    found
        .map(Some)
        .ok_or_else(|| Problem::parameter("lane", name, allowed()))
}

impl LinkWish {
    /// The directions that it is for.
    pub(super) fn ways(&self) -> Result<Vec<Way>, Problem> {
        Ok(way(self.direction.as_deref())?
            .map_or_else(|| vec![Way::Up, Way::Down], |way| vec![way]))
    }

    /// The link that a link becomes.
    pub(super) fn change(&self, link: Link) -> Result<Link, Problem> {
        let millis = |name, value: Option<f64>, now| {
            value.map_or(Ok(now), |value| time(name, value, 1000.0))
        };
        let delay = millis("delay", self.delay, link.delay)?;
        let jitter = millis("jitter", self.jitter, link.jitter)?;
        let bandwidth = match self.bandwidth {
            None => link.bandwidth,
            Some(None) => None,
            Some(Some(bits)) => Some(bandwidth(bits)?),
        };
        Ok(Link {
            delay,
            jitter,
            bandwidth,
        })
    }
}

impl FaultWish {
    /// The fault, and how long it lasts.
    pub(super) fn check(&self) -> Result<(Fault, Option<Duration>), Problem> {
        let fault = match &*self.fault {
            "latency" => Fault::Latency {
                delay: time("delay", self.delay.unwrap_or(DELAY), 1000.0)?,
                jitter: time("jitter", self.jitter.unwrap_or(0.0), 1000.0)?,
            },
            "bandwidth" => Fault::Bandwidth(bandwidth(self.bandwidth.unwrap_or(BANDWIDTH))?),
            "cut" => Fault::Cut,
            "black-hole" => Fault::BlackHole,
            "freeze" => Fault::Freeze(way(self.direction.as_deref())?.unwrap_or(Way::Down)),
            "refuse" => Fault::Refuse,
            "bad-gateway" => Fault::BadGateway,
            "buffer" => Fault::Buffer(kilobytes(self.kilobytes.unwrap_or(BUFFER))?),
            "idle-timeout" => Fault::IdleTimeout(seconds("after", self.after.unwrap_or(IDLE))?),
            "block-upgrade" => Fault::BlockUpgrade,
            other => {
                return Err(Problem::parameter(
                    "fault",
                    other,
                    format!("the faults are {}", Fault::NAMES.join(", ")),
                ));
            }
        };
        self.only_its_own(fault)?;
        Ok((
            fault,
            self.lasts.map(|lasts| seconds("for", lasts)).transpose()?,
        ))
    }

    fn only_its_own(&self, fault: Fault) -> Result<(), Problem> {
        let others = [
            (
                "for",
                self.lasts.is_some(),
                fault != Fault::Cut,
                "all faults but cut, which is over at once",
            ),
            (
                "delay",
                self.delay.is_some(),
                matches!(fault, Fault::Latency { .. }),
                "latency",
            ),
            (
                "jitter",
                self.jitter.is_some(),
                matches!(fault, Fault::Latency { .. }),
                "latency",
            ),
            (
                "bandwidth",
                self.bandwidth.is_some(),
                matches!(fault, Fault::Bandwidth(_)),
                "bandwidth",
            ),
            (
                "direction",
                self.direction.is_some(),
                matches!(fault, Fault::Freeze(_)),
                "freeze",
            ),
            (
                "kilobytes",
                self.kilobytes.is_some(),
                matches!(fault, Fault::Buffer(_)),
                "buffer",
            ),
            (
                "after",
                self.after.is_some(),
                matches!(fault, Fault::IdleTimeout(_)),
                "idle-timeout",
            ),
        ];
        match others
            .into_iter()
            .find(|(_, given, allowed, _)| *given && !allowed)
        {
            Some((name, _, _, whose)) => Err(wrong(format!(
                "{name} is for {whose}, not for {}",
                fault.name()
            ))),
            None => Ok(()),
        }
    }
}

fn way(name: Option<&str>) -> Result<Option<Way>, Problem> {
    match name {
        None => Ok(None),
        Some("up") => Ok(Some(Way::Up)),
        Some("down") => Ok(Some(Way::Down)),
        Some(other) => Err(Problem::parameter(
            "direction",
            other,
            "up is to the service, down is to the client",
        )),
    }
}

fn time(name: &str, value: f64, in_a_second: f64) -> Result<Duration, Problem> {
    let most = LONGEST.as_secs_f64() * in_a_second;
    let allowed = format!("0 to {most} milliseconds");
    (0.0..=most)
        .contains(&value)
        .then(|| Duration::from_secs_f64(value / in_a_second))
        .ok_or_else(|| Problem::parameter(name, &value.to_string(), allowed))
}

fn seconds(name: &str, value: f64) -> Result<Duration, Problem> {
    let allowed = format!("0.1 to {LONGEST_FAULT} seconds");
    let valid = (0.1..=LONGEST_FAULT).contains(&value);
    valid
        .then(|| Duration::from_secs_f64(value))
        .ok_or_else(|| Problem::parameter(name, &value.to_string(), allowed))
}

fn bandwidth(bits: u64) -> Result<NonZeroU64, Problem> {
    let allowed = format!("at least {LEAST_BANDWIDTH} bits a second, or null for no limit");
    let valid = NonZeroU64::new(bits).filter(|bits| bits.get() >= LEAST_BANDWIDTH);
    valid.ok_or_else(|| Problem::parameter("bandwidth", &bits.to_string(), allowed))
}

fn kilobytes(value: u32) -> Result<usize, Problem> {
    let valid = (1..=MOST_BUFFER).contains(&value);
    let allowed = format!("1 to {MOST_BUFFER} kilobytes");
    valid
        .then_some(value as usize * 1000)
        .ok_or_else(|| Problem::parameter("kilobytes", &value.to_string(), allowed))
}

fn wrong(detail: String) -> Problem {
    Problem::new(400, "bad-parameter", detail)
}

/// A field that may be null is there or not.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<u64>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Option<u64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.flatten().serialize(serializer)
    }
}
