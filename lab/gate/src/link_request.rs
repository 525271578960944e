//! The body of `PUT /gate/link`, a change of links, which the arguments of `gate link` become.

use super::{
    args,
    fault::Direction,
    link::Link,
    parameters::{bandwidth, milliseconds},
};
use clap::Args;
use serde::{Deserialize, Deserializer, Serialize};
use service::http::Problem;

/// A change of links. Omitted fields stay as they are.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// Delay of the link, such as 50ms; 0 for none
    #[arg(long, value_name = "TIME", value_parser = args::delay_millis)]
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<f64>,

    /// Jitter: how much shorter or longer the delay may be
    #[arg(long, value_name = "TIME", value_parser = args::delay_millis)]
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<f64>,

    /// Bandwidth a second, such as 56kbit or 1mbit; none for no limit
    #[arg(long, value_parser = limit)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    bandwidth: Option<Limit>,

    /// Name of one lane, such as sse [default: all lanes]
    #[arg(long, value_parser = args::lane)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,

    /// Change only the direction to the services
    #[arg(long, conflicts_with = "down")]
    #[serde(skip)]
    up: bool,

    /// Change only the direction from the services
    #[arg(long)]
    #[serde(skip)]
    down: bool,

    /// See [`Self::with_direction`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
}

/// A limit in bits a second, or null for none.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Limit(Option<u64>);

impl LinkRequest {
    /// Returns the request with the direction that the two flags say.
    pub(super) fn with_direction(self) -> Self {
        Self {
            direction: Direction::of_flags(self.up, self.down),
            ..self
        }
    }

    /// Returns whether a value of the link is given.
    pub(super) fn has_change(&self) -> bool {
        self.delay.is_some() || self.jitter.is_some() || self.bandwidth.is_some()
    }

    /// Returns the directions to change.
    pub(super) fn directions(&self) -> Vec<Direction> {
        let both = || vec![Direction::Up, Direction::Down];
        self.direction.map_or_else(both, |one| vec![one])
    }

    /// Returns `link` with the requested changes.
    pub(super) fn change(&self, link: Link) -> Result<Link, Problem> {
        let mut changed = link;
        if let Some(delay) = self.delay {
            changed.delay = milliseconds("delay", delay)?;
        }
        if let Some(jitter) = self.jitter {
            changed.jitter = milliseconds("jitter", jitter)?;
        }
        if let Some(Limit(bits)) = self.bandwidth {
            changed.bandwidth = bits.map(bandwidth).transpose()?;
        }
        Ok(changed)
    }
}

/// Distinguishes a field that is null from a field that is absent.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Limit>, D::Error> {
    Limit::deserialize(field).map(Some)
}

fn limit(text: &str) -> Result<Limit, &'static str> {
    match text {
        "none" => Ok(Limit(None)),
        bits => args::bits(bits).map(|bits| Limit(Some(bits))),
    }
}
