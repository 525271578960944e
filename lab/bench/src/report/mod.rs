//! Reports of a run, for a terminal and as Markdown. They present a result without a verdict. The
//! page draws the same files with code of its own (web/js/results).
//!
//! - [`section`], [`table`]: one experiment as a table
//! - [`comparison`]: two runs side by side
//! - [`fact_tables`]: measurements of services as a whole, as tables
//! - [`peer_tables`]: other servers beside those of this project
//! - [`details`]: the warnings of a run, and where it ran
//! - [`mod@text`]: the formats

mod command;
pub(crate) mod comparison;
mod details;
#[cfg(test)]
pub(crate) mod examples;
mod fact_tables;
mod peer_tables;
pub(crate) mod section;
pub(crate) mod table;
pub(crate) mod text;

pub use command::{Report, run};
