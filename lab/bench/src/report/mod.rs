//! Reports of a run, for a terminal, as Markdown and as a page. They present a result without a verdict.
//!
//! - [`section`], [`table`]: one experiment as a table
//! - [`fact_tables`]: measurements of services as a whole, as tables
//! - [`details`]: the warnings of a run, and where it ran
//! - [`mod@text`], [`html`]: the formats
//! - [`plot`], [`escape`]: plots as SVG, and text in markup

mod command;
mod details;
mod escape;
#[cfg(test)]
pub(crate) mod examples;
mod fact_tables;
pub(crate) mod html;
mod plot;
pub(crate) mod section;
pub(crate) mod table;
pub(crate) mod text;

pub use command::{Report, run};
