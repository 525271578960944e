//! `lab bench --baseline`: which figures of a run are worse than those of an earlier one.

use crate::{
    environment::Environment,
    file,
    format::CHOICES,
    report::{
        comparison,
        table::{Format, Table},
        text::tables,
    },
    result::{Figure, Run, Series},
    scenario::{Scenario, Server},
    stats::{Estimate, ratio::independent},
};
use anyhow::{Result, anyhow};
use std::{path::Path, process::ExitCode, sync::Arc};
use support::{
    console::{print_line, print_text},
    units::count,
};

/// An earlier run, and its file.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    pub(crate) file: String,
    run: Arc<Run>,
}

/// The exit status if there is nothing to compare.
pub(crate) const NOT_COMPARED: u8 = 2;

/// A figure, how much worse it may be, and whether it can only be compared on the same machine.
type Limit = (&'static str, Worse, bool);

/// The direction in which a figure is worse, and the change up to which it is not a regression.
#[derive(Clone, Copy)]
enum Worse {
    /// This share below the baseline.
    Lower(f64),
    /// This share above the baseline.
    Higher(f64),
    /// This much above the baseline.
    More(f64),
}

/// The figures that are judged. The others, such as p99, vary too much from run to run.
const LIMITS: [Limit; 13] = [
    ("operations per CPU-second", Worse::Lower(0.1), true),
    ("operations per second", Worse::Lower(0.1), true),
    ("p50", Worse::Higher(0.25), true),
    ("memory", Worse::Higher(0.1), true),
    ("lost", Worse::More(0.1), false),
    ("bytes up", Worse::Higher(0.02), false),
    ("bytes down", Worse::Higher(0.02), false),
    ("bytes both ways", Worse::Higher(0.02), false),
    ("requests", Worse::Higher(0.02), false),
    ("connections", Worse::More(0.02), false),
    ("wake-ups", Worse::Higher(0.05), false),
    ("packets with data", Worse::Higher(0.05), false),
    ("traffic", Worse::Higher(0.05), false),
];

/// The comparison of a run with its baseline.
struct Judgement {
    /// The figures that both runs have and that were judged.
    compared: usize,
    /// A row for each figure that is worse.
    worse: Vec<Vec<String>>,
    /// Whether the figures of the machine were left out.
    other_machine: bool,
}

impl Baseline {
    /// Reads the file of a run.
    ///
    /// # Errors
    ///
    /// Names the file, and says why it is not a result.
    pub(crate) fn read(path: &str) -> Result<Self> {
        // The argument's error shows only the outermost reason.
        let run = file::read(Path::new(path)).map_err(|error| anyhow!("{error:#}"))?;
        Ok(Self {
            file: path.to_owned(),
            run: Arc::new(run),
        })
    }

    /// Returns whether it has one of these scenarios, on our services.
    pub(crate) fn has_any(&self, scenarios: &[&Scenario]) -> bool {
        let ours = scenarios.iter().filter(|one| one.server == Server::Ours);
        let mut found = ours.map(|scenario| comparison::counterpart(scenario, &self.run));
        found.any(|series| series.is_some())
    }

    /// Compares all figures of our services.
    fn judge(&self, run: &Run) -> Judgement {
        let same = same_machine(&run.environment, &self.run.environment);
        let mut judgement = Judgement {
            compared: 0,
            worse: Vec::new(),
            other_machine: !same,
        };
        let ours = |series: &&Series| series.scenario.server == Server::Ours;
        for series in run.series.iter().filter(ours) {
            let Some(before) = comparison::counterpart(&series.scenario, &self.run) else {
                continue;
            };
            for (name, worse, _) in LIMITS.iter().filter(|(.., of_machine)| same || !of_machine) {
                let Some(both) = comparison::figures(before, series, name) else {
                    continue;
                };
                judgement.compared += 1;
                if worse.applies(both.0.estimate, both.1.estimate) {
                    judgement.worse.push(row(series, both, *worse));
                }
            }
        }
        judgement
    }

    /// Prints what is worse, and returns the exit status.
    pub(crate) fn compare(&self, run: &Run) -> ExitCode {
        let Judgement {
            compared,
            worse,
            other_machine,
        } = self.judge(run);
        let file = &self.file;
        if other_machine {
            print_line(&format!(
                "{file} is of another machine: times, CPU time and memory are not compared."
            ));
        }
        let figures = count(compared as u64, "figure");
        if compared == 0 {
            print_line(&format!("No figure could be compared with {file}."));
            return ExitCode::from(NOT_COMPARED);
        }
        if worse.is_empty() {
            print_line(&format!("Of {figures}, none is worse than in {file}."));
            return ExitCode::SUCCESS;
        }
        let end = format!("Worse than in {file}: {} of {figures}.", worse.len());
        let head = ["scenario", "figure", "before", "now", "ratio", "regression"];
        let table = Table::new(&format!("Worse than in {file}"), head, worse);
        print_text(&tables(&[table], Format::Text));
        print_line(&end);
        ExitCode::FAILURE
    }
}

impl Worse {
    /// Returns whether the whole interval of the change is beyond the limit. Without an interval,
    /// the value decides.
    fn applies(self, before: Estimate, now: Estimate) -> bool {
        let low = |estimate: Estimate| estimate.interval.map_or(estimate.value, |at| at.low);
        let high = |estimate: Estimate| estimate.interval.map_or(estimate.value, |at| at.high);
        let ratio = independent(now, before);
        match self {
            Self::Lower(share) => ratio.is_some_and(|ratio| high(ratio) < 1.0 - share),
            Self::Higher(share) => ratio.is_some_and(|ratio| low(ratio) > 1.0 + share),
            Self::More(by) => low(now) - high(before) > by,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Lower(share) => format!("more than {:.0} % less", share * 100.0),
            Self::Higher(share) => format!("more than {:.0} % more", share * 100.0),
            Self::More(by) => format!("more than {by} more"),
        }
    }
}

fn row(series: &Series, figures: (&Figure, &Figure), worse: Worse) -> Vec<String> {
    let choices = CHOICES.iter().map(|(_, choice)| choice(&series.scenario));
    let scenario = std::iter::once(series.scenario.experiment.clone()).chain(choices);
    let scenario = scenario.collect::<Vec<_>>().join(", ");
    let cells = std::iter::once(scenario).chain(comparison::cells(figures));
    cells.chain([worse.text()]).collect()
}

fn same_machine(one: &Environment, other: &Environment) -> bool {
    let of = |at: &Environment| (at.cpu.clone(), at.cores, at.kernel.clone(), at.optimised);
    of(one) == of(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::examples, stats::Interval};

    fn baseline(run: Run) -> Baseline {
        Baseline {
            file: "before.json".to_owned(),
            run: Arc::new(run),
        }
    }

    /// Returns the example with one figure of all scenarios multiplied.
    fn changed(name: &str, by: f64) -> Run {
        let mut run = examples::run();
        let figures = run.series.iter_mut().flat_map(|series| &mut series.figures);
        for figure in figures.filter(|figure| figure.name == name) {
            figure.estimate.value *= by;
            if let Some(Interval { low, high }) = &mut figure.estimate.interval {
                *low *= by;
                *high *= by;
            }
        }
        run
    }

    #[test]
    fn the_same_figures_are_not_worse() {
        let judgement = baseline(examples::run()).judge(&examples::run());
        assert!(judgement.compared > 50 && judgement.worse.is_empty());
        assert!(!judgement.other_machine);
    }

    #[test]
    fn a_figure_is_worse_beyond_its_limit_and_in_its_direction_only() {
        for (name, harmless, worse) in [
            ("operations per CPU-second", 0.95, 0.8),
            ("operations per CPU-second", 2.0, 0.8),
            ("p50", 1.2, 1.4),
            ("memory", 1.05, 1.3),
            ("bytes down", 1.01, 1.05),
            ("lost", 1.0, 1.5),
        ] {
            let before = baseline(examples::run());
            let judged = before.judge(&changed(name, harmless));
            assert!(judged.worse.is_empty(), "{name}: {:?}", judged.worse);
            let judged = before.judge(&changed(name, worse));
            assert!(!judged.worse.is_empty(), "{name}");
            assert!(
                judged.worse.iter().all(|row| row[1].starts_with(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn an_interval_that_reaches_the_limit_is_not_a_regression() {
        let estimate = |value, low, high| Estimate {
            value,
            interval: Some(Interval { low, high }),
        };
        let before = estimate(100.0, 95.0, 105.0);
        assert!(!Worse::Lower(0.1).applies(before, estimate(80.0, 60.0, 100.0)));
        assert!(Worse::Lower(0.1).applies(before, estimate(80.0, 79.0, 81.0)));
        let lost = |low, high| estimate(f64::midpoint(low, high), low, high);
        assert!(!Worse::More(0.1).applies(lost(0.0, 0.5), lost(0.2, 1.0)));
        assert!(Worse::More(0.1).applies(lost(0.0, 0.0), lost(0.2, 1.0)));
    }

    #[test]
    fn times_of_another_machine_are_not_compared() {
        let mut other = examples::run();
        other.environment.cpu = "another".to_owned();
        let before = baseline(other);
        let judged = before.judge(&changed("p50", 5.0));
        assert!(judged.other_machine && judged.worse.is_empty());
        let judged = before.judge(&changed("bytes down", 1.5));
        assert!(!judged.worse.is_empty());
    }

    #[test]
    fn a_run_without_common_scenarios_is_known_before_it_begins() {
        let run = examples::run();
        let before = baseline(run.clone());
        let scenario = &run.series[1].scenario;
        let other = Scenario {
            payload_bytes: 7,
            ..scenario.clone()
        };
        assert!(before.has_any(&[scenario]) || run.series[1].scenario.server != Server::Ours);
        assert!(!before.has_any(&[&other]));
    }
}
