//! What a run of the benchmark found out. A run fills it, a file keeps it, every report and every claim reads it;
//! `docs/bench.schema.json` describes the file. Nothing is measured and nothing is judged here.

use super::{
    scenario::{Scenario, Transport},
    stats::Estimate,
};
use crate::environment::Environment;
use crate::histogram::Histogram;
use serde::{Deserialize, Serialize};

/// The version of the file's form. It grows when a field changes its meaning or goes.
pub(crate) const FORMAT: u32 = 1;

/// A run: where it ran, and what each scenario gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Version of this form of file: 1.
    pub(crate) format: u32,
    pub(crate) environment: Environment,
    pub(crate) series: Vec<Series>,
    /// What was measured of services as a whole, by `bench processes` and `bench scale`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) facts: Vec<Fact>,
    /// What clients of each transport are made of, if it ran in a checkout.
    pub(crate) code: Vec<Code>,
    /// What makes the figures doubtful, in words: a busy machine, a build without optimisation.
    pub(crate) warnings: Vec<String>,
}

/// One number about a service as a whole: how it is spread over threads and processes, or how many connections it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// What it belongs to; facts of one topic are shown in one table.
    pub(crate) topic: String,
    /// Whom it is about: a row of that table.
    pub(crate) subject: String,
    /// What was measured: a column.
    pub(crate) figure: String,
    pub(crate) unit: String,
    /// One for each repetition, in their order.
    pub(crate) values: Vec<f64>,
}

/// Lines of a client in JavaScript, without empty ones and comments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) transport: Transport,
    /// The minimal page for this transport: it has no cursor.
    pub(crate) minimal: u32,
    /// This transport's own part of the client that resumes without loss.
    pub(crate) robust: u32,
    /// What that client has for all transports together.
    pub(crate) shared: u32,
}

/// A scenario and what its repetitions gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub(crate) scenario: Scenario,
    /// In the order of the rounds: the first repetitions of all series of one experiment were run one after the other, in random
    /// order, then the second ones. So repetitions of the same number are pairs.
    pub(crate) repetitions: Vec<Repetition>,
    /// What the repetitions say together; derived from them.
    pub(crate) figures: Vec<Figure>,
}

/// What one repetition of a scenario counted, without its warm-up; but what was lost, duplicated, reordered or reset then is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Repetition {
    pub(crate) seconds: f64,
    /// Messages published.
    pub(crate) published: u64,
    /// Operations that came to their end: messages times readers, publications or openings.
    pub(crate) operations: u64,
    /// CPU time of the server, unless it is somewhere else.
    pub(crate) server_cpu_seconds: Option<f64>,
    /// CPU time of clients and link.
    pub(crate) load_cpu_seconds: f64,
    /// Microseconds, each with how often it was seen. From the intended moment, so that a stalled server cannot hide what it delays.
    #[cfg_attr(test, schemars(with = "Vec<(u64, u64)>"))]
    pub(crate) latency: Histogram,
    /// Operations that never came to their end.
    pub(crate) lost: u64,
    /// Messages that a reader got again.
    pub(crate) duplicated: u64,
    /// Messages that a reader got after a later one.
    pub(crate) reordered: u64,
    /// Times that a reader was told that its cursor has left the log.
    pub(crate) resets: u64,
    /// What went over the link, if there was one that counts.
    pub(crate) wire: Option<Wire>,
    /// For idle connections: memory at growing numbers of them.
    pub(crate) memory: Vec<Memory>,
}

/// What a counting link saw, without what TCP, IP and Ethernet add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Wire {
    /// Bytes from clients to the server.
    pub(crate) up_bytes: u64,
    /// Bytes from the server to clients.
    pub(crate) down_bytes: u64,
    /// TCP connections that were opened.
    pub(crate) connections: u64,
    /// HTTP requests that were sent.
    pub(crate) requests: u64,
}

/// Memory of a server with so many idle connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    pub(crate) connections: u64,
    /// Proportional set size of the process.
    pub(crate) user_bytes: u64,
    /// What the kernel holds for sockets, both ends together, if it tells.
    pub(crate) kernel_bytes: Option<u64>,
}

/// One number drawn from all repetitions of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) estimate: Estimate,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bench.schema.json");

    /// `UPDATE=1 cargo test -p lab schema` writes it anew.
    #[test]
    fn the_schema_describes_this_model() {
        let generated = serde_json::to_string_pretty(&schemars::schema_for!(Run)).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(SCHEMA, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(SCHEMA).unwrap();
        assert!(
            committed == generated,
            "docs/bench.schema.json is not what the model says: UPDATE=1 cargo test -p lab schema"
        );
    }
}
