//! Reads flags and variables, and reports every bad one at once: who mends a deployment wants the whole list.

use clap::{
    Arg, Command, FromArgMatches, Id,
    builder::Resettable,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::{ffi::OsString, process};

/// What stands in place of a value that may be a secret.
const NOT_SHOWN: &str = "(not shown)";

/// The settings of a program; with `--help`, or where something is wrong, the program ends here.
pub fn parse<P: FromArgMatches>(command: impl Fn() -> Command) -> P {
    let arguments: Vec<_> = std::env::args_os().collect();
    parse_from(command, arguments).unwrap_or_else(|wrong| {
        wrong.iter().for_each(|line| eprintln!("{line}"));
        process::exit(2);
    })
}

/// As [`parse`], but gives the list of what is wrong.
fn parse_from<P: FromArgMatches>(
    command: impl Fn() -> Command,
    mut arguments: Vec<OsString>,
) -> Result<P, Vec<String>> {
    let (mut wrong, mut set_aside) = (Vec::new(), Vec::new());
    loop {
        let mut command = without_variables(command(), &set_aside);
        match command.try_get_matches_from_mut(&arguments) {
            Ok(matches) if wrong.is_empty() => {
                return P::from_arg_matches(&matches).map_err(|error| vec![error.to_string()]);
            }
            Ok(_) => return Err(wrong),
            Err(error) => match bad_value(&error, &command) {
                Some((arg, value)) => {
                    wrong.push(describe(&error, &arg, &value));
                    arguments = without_flag(arguments, &arg);
                    set_aside.push(arg.get_id().clone());
                }
                None => masked(error).exit(),
            },
        }
    }
}

/// The setting whose value is no good, and that value.
fn bad_value(error: &clap::Error, command: &Command) -> Option<(Arg, String)> {
    if !matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    ) {
        return None;
    }
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    };
    let usage = text(ContextKind::InvalidArg)?;
    let flag = usage.trim_start_matches("--").split([' ', '=']).next()?;
    let arg = command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(flag))?;
    Some((arg.clone(), text(ContextKind::InvalidValue)?))
}

/// The error without what was given where nothing was expected: it may be a secret. Names of flags stay.
fn masked(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue] {
        if let Some(ContextValue::String(text)) = error.get(kind)
            && !(kind == ContextKind::InvalidArg && text.starts_with("--"))
        {
            error.insert(kind, ContextValue::String(NOT_SHOWN.to_owned()));
        }
    }
    error
}

/// `--history or HISTORY="x": …: expected …`
fn describe(error: &clap::Error, arg: &Arg, value: &str) -> String {
    let flag = arg.get_long().unwrap_or_default();
    let variable = arg
        .get_env()
        .map(|name| format!(" or {}", name.to_string_lossy()))
        .unwrap_or_default();
    let reason = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    // What is hidden in --help may be a secret.
    let value = if arg.is_hide_env_values_set() {
        NOT_SHOWN.to_owned()
    } else {
        format!("{value:?}")
    };
    format!("--{flag}{variable}={value}: {reason} ({help})")
}

fn without_variables(command: Command, set_aside: &[Id]) -> Command {
    set_aside.iter().fold(command, |command, id| {
        command.mut_arg(id, |arg| arg.env(Resettable::Reset))
    })
}

fn without_flag(arguments: Vec<OsString>, arg: &Arg) -> Vec<OsString> {
    let flag = format!("--{}", arg.get_long().unwrap_or_default());
    let mut kept = Vec::new();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        if text == flag {
            rest.next();
        } else if !text.starts_with(&format!("{flag}=")) {
            kept.push(argument);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    fn parse(arguments: &[&str]) -> Result<Flags, Vec<String>> {
        parse_from(
            Flags::command,
            arguments.iter().map(OsString::from).collect(),
        )
    }

    #[test]
    fn every_bad_setting_is_named() {
        let wrong = parse(&[
            "test",
            "--history",
            "0",
            "--heartbeat=soon",
            "--drain",
            "601",
        ])
        .unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        for (line, words) in wrong.iter().zip([
            "--history or HISTORY=\"0\"",
            "HEARTBEAT=\"soon\"",
            "601 is not in 0..=600",
        ]) {
            assert!(line.contains(words), "{words} is not in {line}");
        }
    }

    #[test]
    fn an_origin_that_can_never_match_is_named() {
        let wrong = parse(&["test", "--origins", "https://a.example, b.example"]).unwrap_err();
        assert!(
            wrong[0].contains("ORIGINS=\" b.example\": \"b.example\" is no origin: its scheme"),
            "{wrong:?}"
        );
        let origins = parse(&[
            "test",
            "--origins",
            "https://a.example, https://B.example:443/",
        ])
        .unwrap();
        assert_eq!(
            origins.config.origins,
            ["https://a.example", "https://b.example"]
        );
    }

    #[test]
    fn what_nothing_is_expected_to_be_is_not_repeated() {
        for arguments in [
            &["hunter2"][..],
            &["--drain", "1", "hunter2"],
            &["--", "hunter2"],
            &["--", "-hunter2"],
            &["--jwt-secert=hunter2"],
            &["--jwt-secert", "hunter2"],
            &["--no-compat=hunter2"],
        ] {
            let arguments = [&["test"], arguments].concat();
            let error = masked(Flags::try_parse_from(&arguments).unwrap_err()).to_string();
            assert!(
                !error.contains("hunter2") && error.starts_with("error:"),
                "{arguments:?}: {error}"
            );
        }
        let unknown =
            masked(Flags::try_parse_from(["test", "--histroy", "7"]).unwrap_err()).to_string();
        assert!(
            unknown.contains("'--histroy'") && unknown.contains("--history"),
            "{unknown}"
        );
    }

    #[test]
    fn good_settings_are_taken() {
        assert_eq!(
            parse(&["test", "--history", "7"])
                .unwrap()
                .config
                .history
                .get(),
            7
        );
    }
}
