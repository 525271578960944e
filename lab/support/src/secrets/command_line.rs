//! Masks secrets in arguments, and in the errors about them.

use super::{HIDDEN, without_secrets};
use clap::{
    Arg, Command, Error,
    error::{ContextKind, ContextValue},
};
use service::config::masked;
use std::mem;

/// Returns accepted arguments without the values of flags that hold secrets, and without secrets in
/// URLs. The address of a broker keeps its host, so that a command can be repeated.
pub fn without_secret_values(
    arguments: impl Iterator<Item = String>,
    command: &Command,
) -> Vec<String> {
    let mut secret_follows = false;
    let shown = |argument: String| {
        if mem::take(&mut secret_follows) {
            return HIDDEN.to_owned();
        }
        let (flag, value) = argument
            .split_once('=')
            .map_or((argument.as_str(), None), |(flag, value)| {
                (flag, Some(value))
            });
        let is_secret = hides_value(flag, command, &|arg| !is_address(arg));
        if is_secret && value.is_some() {
            return format!("{flag}={HIDDEN}");
        }
        secret_follows = is_secret;
        without_secrets(&argument)
    };
    arguments.map(shown).collect()
}

/// Returns whether the value of a flag is secret: `--help` hides the values of such variables.
fn is_secret(flag: &str, command: &Command) -> bool {
    hides_value(flag, command, &|_| true)
}

fn hides_value(flag: &str, command: &Command, kind: &dyn Fn(&Arg) -> bool) -> bool {
    let name = flag.strip_prefix("--");
    let mut arguments = command.get_arguments();
    let mut subcommands = command.get_subcommands();
    name.is_some()
        && (arguments
            .any(|arg| arg.is_hide_env_values_set() && arg.get_long() == name && kind(arg))
            || subcommands.any(|command| hides_value(flag, command, kind)))
}

fn is_address(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| name == "URL" || name == "BROKER")
}

/// Returns the error without values that may be secret.
pub fn without_secrets_in(error: Error, command: &Command) -> Error {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(usage)) => usage.split([' ', '=']).next().unwrap_or_default(),
        _ => "",
    };
    let value_is_secret = is_secret(flag, command);
    masked(error, |kind, text| {
        if value_is_secret && kind == ContextKind::InvalidValue {
            HIDDEN.to_owned()
        } else {
            without_secrets(text)
        }
    })
}
