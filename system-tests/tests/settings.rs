//! The table of settings in docs/configuration.md against the settings.

use clap::{Arg, Args, Command};
use longpoll_svc::LongPoll;
use service::{Config, config::Listen};
use sse_svc::Sse;

fn arguments<A: Args>() -> Vec<Arg> {
    A::augment_args(Command::new("settings"))
        .get_arguments()
        .filter(|arg| arg.get_env().is_some())
        .cloned()
        .collect()
}

/// `| flag | variable | default | what it is for |`
fn row(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let (what, described) = help.split_once(" [default: ").unwrap_or((&help, ""));
    let values: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    let default = if values.is_empty() {
        described.trim_end_matches(']').to_owned()
    } else {
        values.join(", ")
    };
    let flag = arg.get_long().expect("every setting has a flag");
    let variable = arg
        .get_env()
        .expect("every setting has a variable")
        .to_string_lossy();
    format!("| `--{flag}` | `{variable}` | {default} | {what} |")
}

#[test]
fn the_table_of_settings_is_complete() {
    let document = include_str!("../../docs/configuration.md");
    let settings = [
        arguments::<Listen>(),
        arguments::<Config>(),
        arguments::<LongPoll>(),
        arguments::<Sse>(),
    ]
    .concat();
    let missing: Vec<_> = settings
        .iter()
        .map(row)
        .filter(|row| !document.contains(row))
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/configuration.md:\n{}",
        missing.join("\n")
    );
}
