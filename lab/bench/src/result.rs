//! The result of a run: the model behind its file, every report and every claim.
//! `docs/bench.schema.json` describes the file. Nothing here measures or decides.

use super::{
    code,
    peers::Peer,
    scenario::{Load, Scenario, Transport},
    stats::Estimate,
};
use crate::environment::Environment;
use serde::{Deserialize, Serialize};
use support::histogram::Histogram;

/// Version of the file format. It grows when a field changes its meaning or is removed.
pub(crate) const FORMAT: u32 = 1;

/// A run: where it ran, and the result of each scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Version of this file format: 1.
    pub(crate) format: u32,
    pub(crate) environment: Environment,
    pub(crate) series: Vec<Series>,
    /// Measurements of services as a whole, by `bench processes`, `bench scale` and `bench channels`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) facts: Vec<Fact>,
    /// Other servers that the run started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) peers: Vec<MeasuredPeer>,
    /// Lines of code of each client, if it ran in a checkout.
    pub(crate) code: Vec<Code>,
    /// Reasons to doubt the figures, such as a busy machine or a build without optimisation.
    pub(crate) warnings: Vec<String>,
}

impl Run {
    /// Returns a run in which nothing is measured yet.
    pub(crate) fn begin(environment: Environment) -> Self {
        Self {
            format: FORMAT,
            warnings: environment.warnings(),
            environment,
            series: Vec::new(),
            facts: Vec::new(),
            peers: Vec::new(),
            code: code::count(),
        }
    }
}

/// Another server that a run started and measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasuredPeer {
    /// Its name in the scenarios.
    pub(crate) name: String,
    /// What it is.
    pub(crate) title: String,
    /// What its program says about its version, if it does.
    pub(crate) version: Option<String>,
    /// Why it was set up as it was.
    pub(crate) settings: String,
    /// The documentation that its settings follow.
    pub(crate) source: String,
}

impl MeasuredPeer {
    pub(crate) fn of(peer: &Peer) -> Self {
        Self {
            name: peer.name.clone(),
            title: peer.title.clone(),
            version: peer.installed_version(),
            settings: peer.settings.clone(),
            source: peer.source.clone(),
        }
    }
}

/// One figure of a service as a whole, such as its start time or its memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// The table it belongs to.
    pub(crate) topic: String,
    /// The row of that table.
    pub(crate) subject: String,
    /// The column of that table: what was measured.
    pub(crate) figure: String,
    pub(crate) unit: String,
    /// One value for each repetition, in their order.
    pub(crate) values: Vec<f64>,
}

/// Lines of a JavaScript client, without empty lines and comments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) transport: Transport,
    /// The minimal page for this transport, which has no cursor.
    pub(crate) minimal: u32,
    /// This transport's part of the client that resumes without loss.
    pub(crate) robust: u32,
    /// The part of that client that all transports share.
    pub(crate) shared: u32,
}

/// A scenario and its repetitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub(crate) scenario: Scenario,
    /// In the order of the rounds. A round runs every scenario of an experiment once, in random
    /// order, so repetitions with the same number are pairs.
    pub(crate) repetitions: Vec<Repetition>,
    /// Figures computed from all repetitions.
    pub(crate) figures: Vec<Figure>,
}

/// The counts of one repetition, without its warm-up. Losses, duplicates, reorderings and resets
/// include the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Repetition {
    pub(crate) seconds: f64,
    /// Messages published.
    pub(crate) published: u64,
    /// Completed operations: messages times subscribers, publications or openings.
    pub(crate) operations: u64,
    /// CPU time of the server, unless it runs elsewhere.
    pub(crate) server_cpu_seconds: Option<f64>,
    /// CPU time of clients and link together.
    pub(crate) load_cpu_seconds: f64,
    /// Whether the load generator was the bottleneck. Then there is no latency and no rate, and CPU
    /// time of the server only with one message in flight.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) load_bound: bool,
    /// Pairs of a latency in microseconds and its count. Measured from the scheduled moment, so
    /// that a stalled server cannot hide delays.
    #[cfg_attr(test, schemars(with = "Vec<(u64, u64)>"))]
    pub(crate) latency: Histogram,
    /// Operations that did not complete.
    pub(crate) lost: u64,
    /// Messages that a subscriber received again.
    pub(crate) duplicated: u64,
    /// Messages that a subscriber received after a later one.
    pub(crate) reordered: u64,
    /// Resets: the cursor of a subscriber was no longer in the history.
    pub(crate) resets: u64,
    /// Traffic on the link, if it counts.
    pub(crate) wire: Option<Wire>,
    /// Memory at growing numbers of idle connections, if that is measured.
    pub(crate) memory: Vec<Memory>,
}

impl Repetition {
    /// Removes what the load generator has decided instead of the server.
    pub(crate) fn limited_by_the_load(&mut self, load: Load) {
        self.load_bound = true;
        self.latency = Histogram::default();
        // With several, how many messages leave together depends on the load.
        if load != Load::InFlight(1) {
            self.server_cpu_seconds = None;
        }
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Traffic on a link, without the overhead of TCP, IP and Ethernet.
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
    /// Packets with data, in both directions: one for each write of the sender, unless something
    /// joined or split them. Missing in older files.
    #[serde(default)]
    pub(crate) packets: Option<u64>,
    /// Bursts, in either direction, after more than a second of silence. Missing in older files.
    #[serde(default)]
    pub(crate) wakeups: Option<u64>,
}

/// Memory of a server with this many idle connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    pub(crate) connections: u64,
    /// Proportional set size of the process.
    pub(crate) user_bytes: u64,
    /// Kernel memory of both ends' sockets, if it is readable.
    pub(crate) kernel_bytes: Option<u64>,
}

/// One number computed from all repetitions of a series.
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

    #[test]
    fn what_the_load_generator_decided_is_removed() {
        use crate::metrics::{P50, PER_CPU, PER_SECOND, UP};
        let run = crate::report::examples::run();
        let bound = |load| {
            let mut repetitions = run.series[0].repetitions.clone();
            repetitions
                .iter_mut()
                .for_each(|repetition| repetition.limited_by_the_load(load));
            [&P50, &PER_SECOND, &PER_CPU, &UP].map(|metric| metric.estimate(&repetitions).is_ok())
        };
        assert_eq!(bound(Load::InFlight(1)), [false, false, true, true]);
        assert_eq!(bound(Load::InFlight(16)), [false, false, false, true]);
    }

    const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/bench.schema.json");

    /// `UPDATE=1 cargo test -p bench schema` rewrites the schema.
    #[test]
    fn the_schema_describes_this_model() {
        let generated = serde_json::to_string_pretty(&schemars::schema_for!(Run)).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(SCHEMA, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(SCHEMA).unwrap();
        assert!(
            committed == generated,
            "docs/bench.schema.json differs from the model: UPDATE=1 cargo test -p bench schema"
        );
    }
}
