//! The verdict in words.

use super::report::{Lane, Report, Violation};
use std::fmt::{self, Formatter};

/// So many violations are shown; the JSON has them all.
const SHOWN: usize = 20;

type Cell = fn(&Lane) -> String;

/// The rows of the table.
const ROWS: [(&str, Cell); 9] = [
    ("readers that began here", |lane| lane.readers.to_string()),
    ("messages received", |lane| lane.tally.received.to_string()),
    ("cut", |lane| lane.tally.cuts.to_string()),
    ("frozen", |lane| lane.tally.freezes.to_string()),
    ("gone and come back", |lane| lane.tally.leaves.to_string()),
    ("gone on over this one", |lane| lane.tally.moves.to_string()),
    ("resets (messages named lost)", |lane| {
        format!("{} ({})", lane.tally.resets, lane.tally.lost)
    }),
    ("slowest catch-up", |lane| {
        format!("{:.2} s", lane.tally.slowest.as_secs_f64())
    }),
    ("violations", |lane| lane.tally.violations.to_string()),
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} messages acknowledged in {} s; seed {}",
            self.published, self.seconds, self.seed
        )?;
        match self.own {
            true => {
                let restarts = &self.restarts;
                writeln!(
                    f,
                    "services drained {} times, killed {} times",
                    restarts.drained.get(),
                    restarts.killed.get()
                )?;
            }
            false => writeln!(
                f,
                "these services are not the audit's own: none was restarted"
            )?,
        }
        if let Some(harm) = &self.redis {
            let (restarted, frozen, cut) =
                (harm.restarted.get(), harm.frozen.get(), harm.cut.get());
            writeln!(
                f,
                "Redis killed and started again {restarted} times, frozen {frozen} times, cut off {cut} times"
            )?;
        }
        if !self.one_broker {
            writeln!(
                f,
                "they do not share one broker: readers changed only between transports that do"
            )?;
        }
        self.table(f)?;
        self.violations(f)?;
        f.write_str(match self.holds {
            true => "It holds: every acknowledged message came to every reader once and in order, or a reset named it.",
            false => "It does not hold.",
        })
    }
}

impl Report {
    fn table(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut row = |label: &str, cell: &dyn Fn(&Lane) -> String| {
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
        for Violation { who, what } in self.violations.iter().take(SHOWN) {
            writeln!(f, "  {who}: {what}")?;
        }
        match self.violations.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} more, which --json has"),
        }
    }
}
