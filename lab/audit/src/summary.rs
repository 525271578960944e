//! The result of an audit as text.

use super::report::{Report, ReportedViolation, TransportReport};
use std::fmt::{self, Formatter};

/// The most violations that the text shows; the JSON has all of them.
const SHOWN: usize = 20;

type Cell = fn(&TransportReport) -> String;

/// The rows of the table.
const ROWS: [(&str, Cell); 9] = [
    ("subscribers at the start", |lane| lane.readers.to_string()),
    ("messages received", |lane| lane.counts.received.to_string()),
    ("connections cut", |lane| lane.counts.cuts.to_string()),
    ("frozen", |lane| lane.counts.freezes.to_string()),
    ("left and reconnected", |lane| {
        lane.counts.leaves.to_string()
    }),
    ("moved to this transport", |lane| {
        lane.counts.moves.to_string()
    }),
    ("resets (messages lost)", |lane| {
        format!("{} ({})", lane.counts.resets, lane.counts.lost)
    }),
    ("slowest catch-up", |lane| {
        format!("{:.2} s", lane.counts.slowest.as_secs_f64())
    }),
    ("violations", |lane| lane.counts.violations.to_string()),
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} messages acknowledged in {} s; seed {}",
            self.published, self.seconds, self.seed
        )?;
        if self.own {
            let restarts = &self.restarts;
            writeln!(
                f,
                "services drained {} times, killed {} times",
                restarts.drained.get(),
                restarts.killed.get()
            )?;
        } else {
            writeln!(f, "services of another deployment: none was restarted")?;
        }
        if let Some(faults) = &self.redis {
            writeln!(
                f,
                "Redis restarted {} times, frozen {} times, disconnected {} times",
                faults.restarted.get(),
                faults.frozen.get(),
                faults.cut.get()
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
        f.write_str(if self.holds {
        "The promise holds: every subscriber received every acknowledged message once and in order, \
        or a reset declared it lost."
        } else {
        "The promise does not hold."
        })
    }
}

impl Report {
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
