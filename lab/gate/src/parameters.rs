//! Parses the gate's requests and checks their parameters.

use super::{Gate, link::MAX_DELAY};
use serde::de::DeserializeOwned;
use service::http::Problem;
use std::{fmt::Display, num::NonZeroU64, ops::RangeInclusive, time::Duration};

/// Shortest duration of a fault, and shortest idle timeout, in seconds.
pub(super) const MIN_SECONDS: f64 = 0.1;
/// Longest duration of a fault, and longest idle timeout, in seconds.
pub(super) const MAX_SECONDS: f64 = 3600.0;
/// Smallest bandwidth, in bits a second. One TCP segment takes ten seconds at it.
const MIN_BANDWIDTH: u64 = 1200;
/// Largest size of a buffer fault, in kilobytes.
const MAX_BUFFER: u32 = 1000;

/// Parses a JSON body.
///
/// # Errors
///
/// A problem that says what is wrong with the body.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            Problem::new(400, "bad-parameter", error)
        } else {
            Problem::malformed(error)
        }
    })
}

/// Checks the name of a lane. Returns `None` if there is no name: all lanes are meant.
pub(super) fn lane_name(gate: &Gate, name: Option<&str>) -> Result<Option<&'static str>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let known = known_lane(gate, name).ok_or_else(|| {
        let allowed = format!("{}, or no lane for all of them", one_of_the_lanes(gate));
        Problem::parameter("lane", name, allowed)
    });
    known.map(Some)
}

/// Checks the name of a lane that must be given.
pub(super) fn required_lane(gate: &Gate, name: Option<&str>) -> Result<&'static str, Problem> {
    let allowed = one_of_the_lanes(gate);
    let Some(name) = name else {
        let detail = format!("lane is missing: {allowed}");
        return Err(Problem::new(400, "bad-parameter", detail));
    };
    known_lane(gate, name).ok_or_else(|| Problem::parameter("lane", name, allowed))
}

fn known_lane(gate: &Gate, name: &str) -> Option<&'static str> {
    let mut names = gate.addresses().iter().map(|(name, _)| *name);
    names.find(|known| *known == name)
}

fn one_of_the_lanes(gate: &Gate) -> String {
    let names: Vec<_> = gate.addresses().iter().map(|(name, _)| *name).collect();
    format!("expected one of {}", names.join(", "))
}

/// Checks the id of a request. Without one, it is that before the first.
pub(super) fn request_id(text: Option<&str>) -> Result<u64, Problem> {
    let text = text.unwrap_or("0");
    text.parse()
        .map_err(|_| Problem::parameter("after", text, "expected the id of a request"))
}

/// Checks a delay or a jitter.
pub(super) fn milliseconds(name: &str, value: f64) -> Result<Duration, Problem> {
    let max = MAX_DELAY.as_secs_f64() * 1000.0;
    let checked = within(name, value, 0.0..=max, "milliseconds");
    checked.map(|value| Duration::from_secs_f64(value / 1000.0))
}

/// Checks the duration of a fault, or an idle timeout.
pub(super) fn seconds(name: &str, value: f64) -> Result<Duration, Problem> {
    let checked = within(name, value, MIN_SECONDS..=MAX_SECONDS, "seconds");
    checked.map(Duration::from_secs_f64)
}

/// Checks the size of a buffer. Returns it in bytes.
pub(super) fn kilobytes(value: u32) -> Result<usize, Problem> {
    let checked = within("kilobytes", value, 1..=MAX_BUFFER, "kilobytes");
    checked.map(|value| value as usize * 1000)
}

/// Checks a bandwidth in bits a second.
pub(super) fn bandwidth(bits: u64) -> Result<NonZeroU64, Problem> {
    match NonZeroU64::new(bits) {
        Some(valid) if bits >= MIN_BANDWIDTH => Ok(valid),
        _ => {
            let allowed = format!("at least {MIN_BANDWIDTH} bits a second, or null for no limit");
            Err(Problem::parameter("bandwidth", &bits.to_string(), allowed))
        }
    }
}

fn within<T: Display + PartialOrd>(
    name: &str,
    value: T,
    allowed: RangeInclusive<T>,
    unit: &str,
) -> Result<T, Problem> {
    if allowed.contains(&value) {
        return Ok(value);
    }
    let allowed = format!("{} to {} {unit}", allowed.start(), allowed.end());
    Err(Problem::parameter(name, &value.to_string(), allowed))
}
