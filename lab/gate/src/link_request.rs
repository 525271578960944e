//! The body of `PUT /gate/link`: a change of links.

use super::{
    fault::Direction,
    link::Link,
    parameters::{bandwidth, direction, milliseconds},
};
use serde::{Deserialize, Deserializer, Serialize};
use service::http::Problem;

/// A change of links. Omitted fields stay as they are.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<String>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<f64>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jitter: Option<f64>,
    /// Bits a second; null removes the limit.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) bandwidth: Option<Option<u64>>,
}

impl LinkRequest {
    /// Returns the directions to change.
    pub(super) fn directions(&self) -> Result<Vec<Direction>, Problem> {
        Ok(match direction(self.direction.as_deref())? {
            Some(direction) => vec![direction],
            None => vec![Direction::Up, Direction::Down],
        })
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
        if let Some(bits) = self.bandwidth {
            changed.bandwidth = bits.map(bandwidth).transpose()?;
        }
        Ok(changed)
    }
}

/// Distinguishes a field that is null from a field that is absent.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(field).map(Some)
}
