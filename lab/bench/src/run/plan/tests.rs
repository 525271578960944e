use super::*;
use crate::peers::selection::chosen;
use clap::{Args, Command, FromArgMatches};

fn plan(arguments: &[&str]) -> Plan {
    let command = Bench::augment_args(Command::new("bench"));
    let all = ["bench"].iter().chain(arguments);
    let matches = command.try_get_matches_from(all).unwrap();
    let bench = Bench::from_arg_matches(&matches).unwrap();
    let (peers, _) = chosen(&bench.peers);
    Plan::of(&bench, &peers)
}

#[test]
fn rates_are_those_of_the_user() {
    let rates = |arguments: &[&str]| {
        let mut loads = Vec::new();
        for scenario in &plan(arguments).experiments[0].1 {
            if !loads.contains(&scenario.load) {
                loads.push(scenario.load);
            }
        }
        loads
    };
    let of = |rates: &[f64]| {
        rates
            .iter()
            .copied()
            .map(Load::PerSecond)
            .collect::<Vec<_>>()
    };
    assert_eq!(rates(&["--only", "rate"]), of(&crate::experiments::RATES));
    assert_eq!(
        rates(&["--only", "rate", "--rate", "2,0.5/s"]),
        of(&[2.0, 0.5])
    );
}

#[test]
fn what_takes_minutes_runs_only_by_name() {
    let names = |arguments: &[&str]| {
        let experiments = plan(arguments).experiments;
        experiments
            .iter()
            .map(|(experiment, _)| experiment.name)
            .collect::<Vec<_>>()
    };
    assert!(!names(&[]).contains(&"wakeups") && names(&[]).contains(&RATE));
    assert_eq!(names(&["--only", "wakeups"]), ["wakeups"]);
}

#[test]
fn the_expected_time_grows_with_repetitions() {
    let arguments = ["--only", "quiet", "--duration", "2s", "--repetitions"];
    let opening = |times| plan(&[&arguments[..], &[times]].concat()).opening();
    assert_eq!(opening("1"), "Measuring 6 scenarios once: about 20 s.");
    assert_eq!(
        opening("100"),
        "Measuring 6 scenarios 100 times: about 28 min."
    );
}

#[test]
fn scenarios_at_the_same_time_take_as_long_as_the_longest() {
    let plan = plan(&["--only", "upstream", "--repetitions", "1"]);
    assert_eq!(plan.opening(), "Measuring 4 scenarios once: about 10 s.");
}
