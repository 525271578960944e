//! Parses flags and variables, and reports all invalid ones at once.

use clap::{
    Arg, Command, FromArgMatches, Id,
    builder::Resettable,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::{ffi::OsString, process};

/// The replacement of a secret.
pub const HIDDEN: &str = "***";

/// Parses the settings of this program. Exits with `--help`, and if a setting is invalid.
pub fn parse<P: FromArgMatches>(command: impl Fn() -> Command) -> P {
    let arguments: Vec<_> = std::env::args_os().collect();
    parse_from(command, arguments).unwrap_or_else(|invalid| {
        eprintln!("{invalid}");
        process::exit(2);
    })
}

/// Settings are invalid: a line for each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
struct InvalidSettings(Vec<String>);

/// Parses these arguments like [`parse`], but returns the errors.
fn parse_from<P: FromArgMatches>(
    command: impl Fn() -> Command,
    mut arguments: Vec<OsString>,
) -> Result<P, InvalidSettings> {
    let mut errors = Vec::new();
    let mut invalid = Vec::new();
    // clap stops at the first invalid value. So each one is removed, and the rest parsed again.
    loop {
        let mut command = without_variables(command(), &invalid);
        match command.try_get_matches_from_mut(&arguments) {
            Ok(matches) if errors.is_empty() => {
                return P::from_arg_matches(&matches)
                    .map_err(|error| InvalidSettings(vec![error.to_string()]));
            }
            Ok(_) => return Err(InvalidSettings(errors)),
            Err(error) => match invalid_value(&error, &command) {
                Some((arg, value)) => {
                    errors.push(describe(&error, &arg, &value));
                    arguments = without_flag(arguments, &arg);
                    invalid.push(arg.get_id().clone());
                }
                None => masked(error, flag_names_only).exit(),
            },
        }
    }
}

/// Returns the setting whose value is invalid, and the value. Returns `None` for other errors.
fn invalid_value(error: &clap::Error, command: &Command) -> Option<(Arg, String)> {
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

/// Describes an invalid setting: `--history or HISTORY="x": the reason (the help)`.
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
    // A variable hidden in --help may be a secret.
    let value = if arg.is_hide_env_values_set() {
        HIDDEN.to_owned()
    } else {
        format!("{value:?}")
    };
    format!("--{flag}{variable}={value}: {reason} ({help})")
}

/// Replaces the texts of an error that repeat the command line with those that `shown` returns.
pub fn masked(mut error: clap::Error, shown: impl Fn(ContextKind, &str) -> String) -> clap::Error {
    for kind in [
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidValue,
    ] {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let text = shown(kind, text);
            error.insert(kind, ContextValue::String(text));
        }
    }
    error
}

/// Hides an argument of a service where none was expected. Names of flags stay.
fn flag_names_only(kind: ContextKind, text: &str) -> String {
    if kind == ContextKind::InvalidArg && text.starts_with("--") {
        text.to_owned()
    } else {
        HIDDEN.to_owned()
    }
}

fn without_variables(command: Command, settings: &[Id]) -> Command {
    settings.iter().fold(command, |command, id| {
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
mod tests;
