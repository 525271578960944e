//! `lab gate storm`: requests a storm and shows its report.

use super::{StormReport, StormRequest};
use anyhow::Context;
use awc::http::Method;
use clap::Args;
use gate::commands::Control;
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

/// Arguments of `lab gate storm`.
#[derive(Args)]
pub struct StormArgs {
    #[command(flatten)]
    storm: StormRequest,
    #[command(flatten)]
    control: Control,
}

/// Requests a storm from a gate, and prints its report.
///
/// # Errors
///
/// The gate cannot be reached, or refuses the storm.
pub async fn run(StormArgs { storm, control }: StormArgs) -> anyhow::Result<()> {
    let show = |response: &Value| {
        let report = StormReport::deserialize(response);
        Ok(text(&report.context("the report of the storm")?))
    };
    let path = "/gate/storm";
    control.send(Method::POST, path, &storm, show).await
}

/// Renders a report with one line for each tenth of a second.
fn text(report: &StormReport) -> String {
    let accepted = &report.accepted;
    let mut text = format!(
        "{} of {} clients were accepted again, by milliseconds after the cut:\n",
        accepted.len(),
        report.clients
    );
    let tenths = accepted.last().map_or(0, |last| last / 100 + 1);
    for tenth in 0..tenths {
        let count = accepted.iter().filter(|at| **at / 100 == tenth).count();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:>6} {count:>4} {}", tenth * 100, "#".repeat(count));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_of_a_second_has_a_line() {
        let report = StormReport {
            lane: "ws".to_owned(),
            clients: 4,
            accepted: vec![3, 99, 250],
        };
        let expected = "3 of 4 clients were accepted again, by milliseconds after the cut:\n     \
            0    2 ##\n   100    0 \n   200    1 #";
        assert_eq!(text(&report), expected);
    }
}
