//! The result of an audit as text.

use super::report::{Report, ReportedViolation, TransportReport};
use std::fmt::{self, Formatter};
use support::units::{count, grouped};

/// The most violations that the text shows; the JSON has all of them.
const SHOWN: usize = 20;

type Cell = fn(&TransportReport) -> String;

/// The rows of the table.
const ROWS: [(&str, Cell); 9] = [
    ("subscribers at the start", |lane| {
        grouped(lane.readers as u64)
    }),
    ("messages received", |lane| grouped(lane.counts.received)),
    ("connections cut", |lane| grouped(lane.counts.cuts)),
    ("frozen", |lane| grouped(lane.counts.freezes)),
    ("left and reconnected", |lane| grouped(lane.counts.leaves)),
    ("moved to this transport", |lane| grouped(lane.counts.moves)),
    ("resets (messages lost)", |lane| {
        format!(
            "{} ({})",
            grouped(lane.counts.resets),
            grouped(lane.counts.lost)
        )
    }),
    ("slowest catch-up", |lane| {
        format!("{:.2} s", lane.counts.slowest.as_secs_f64())
    }),
    ("violations", |lane| grouped(lane.counts.violations)),
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} acknowledged in {} s; seed {}",
            count(self.published, "message"),
            self.seconds,
            self.seed
        )?;
        if self.own {
            let restarts = &self.restarts;
            writeln!(
                f,
                "services drained {}, killed {}",
                count(restarts.drained.get(), "time"),
                count(restarts.killed.get(), "time")
            )?;
        } else {
            writeln!(f, "services of another deployment: none was restarted")?;
        }
        if let Some(faults) = &self.redis {
            writeln!(
                f,
                "Redis restarted {}, frozen {}, disconnected {}",
                count(faults.restarted.get(), "time"),
                count(faults.frozen.get(), "time"),
                count(faults.cut.get(), "time")
            )?;
        }
        if self.new_epochs > 0 {
            writeln!(
                f,
                "the broker may have lost messages {}, and continued in a new epoch",
                count(self.new_epochs, "time")
            )?;
        }
        if !self.one_broker {
            writeln!(
                f,
                "no common broker: subscribers moved only between transports with the same one"
            )?;
        }
        self.table(f)?;
        self.violations(f)?;
        f.write_str(&self.verdict())
    }
}

impl Report {
    fn verdict(&self) -> String {
        if self.holds {
            "The promise holds: every subscriber received every acknowledged message once and in \
             order, or a reset declared it lost."
                .to_owned()
        } else {
            let violations = count(self.violations.len() as u64, "violation");
            format!("The promise does not hold: {violations}.")
        }
    }

    fn table(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut row = |label: &str, cell: &dyn Fn(&TransportReport) -> String| {
            write!(f, "  {label:<30}")?;
            self.lanes
                .iter()
                .try_for_each(|lane| write!(f, "{:>16}", cell(lane)))?;
            writeln!(f)
        };
        row("", &|lane| lane.transport.to_owned())?;
        ROWS.iter().try_for_each(|(label, cell)| row(label, cell))
    }

    fn violations(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for ReportedViolation { who, what } in self.violations.iter().take(SHOWN) {
            writeln!(f, "  {who}: {what}")?;
        }
        match self.violations.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} more, see --json"),
        }
    }
}
