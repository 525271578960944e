//! Where a run was made.

use serde::{Deserialize, Serialize};

/// Where, when and how a run was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    /// When it began, in UTC: `2026-11-22T14:30:00Z`.
    pub(crate) date: String,
    /// The processor's name, as the kernel tells it.
    pub(crate) cpu: String,
    /// Logical processors that this process may use.
    pub(crate) cores: u32,
    /// Release of the kernel.
    pub(crate) kernel: String,
    /// Load average of the last minute when the run began.
    pub(crate) load_average: f64,
    /// Commit of the code that ran, if it was run from a checkout.
    pub(crate) commit: Option<String>,
    /// Whether the checkout had changes that are in no commit.
    pub(crate) dirty: bool,
    /// Version of the compiler.
    pub(crate) rustc: String,
    /// Whether it was built with optimisation.
    pub(crate) optimised: bool,
    /// The command, with its arguments.
    pub(crate) command: Vec<String>,
    /// Worker threads of the services measured.
    pub(crate) workers: u32,
    /// Whether TCP_NODELAY was set on both sides.
    pub(crate) nodelay: bool,
    /// Which processors server and load were confined to, if they were.
    pub(crate) pinning: Option<Pinning>,
}

/// Numbers of the processors that each side was confined to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Pinning {
    pub(crate) server: Vec<u32>,
    pub(crate) load: Vec<u32>,
}
