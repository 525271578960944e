//! Parses the command line. Its errors, and the line itself in results, are shown without secrets.

use crate::secrets::{HIDDEN, without_secrets};
use crate::service_links;
use clap::{
    Command, Parser,
    error::{ContextKind, ContextValue},
};
use common::config::{NOT_SHOWN, masked};
use std::{env, sync::OnceLock};

/// The command that [`parse`] has read, for [`shown`].
static COMMAND: OnceLock<Command> = OnceLock::new();

/// Parses the command line. Exits on `--help` and on errors.
pub fn parse<P: Parser>() -> P {
    COMMAND.get_or_init(P::command);
    let matches = service_links::without(P::command()).try_get_matches();
    let parsed = matches.and_then(|matches| {
        for variable in service_links::ignored(&P::command(), &matches) {
            eprintln!("warning: {variable} is ignored: it is a link that Kubernetes sets for a Service, not a port");
        }
        P::from_arg_matches(&matches)
    });
    parsed.unwrap_or_else(|error| without_secrets_in(error, &P::command()).exit())
}

/// Returns the arguments of this program without secrets, for results.
pub fn shown() -> Vec<String> {
    let arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    without_secret_values(arguments, COMMAND.get_or_init(Command::default))
}

/// Returns arguments without the values of flags that hold secrets, and without secrets in URLs.
pub fn without_secret_values(
    arguments: impl Iterator<Item = String>,
    command: &Command,
) -> Vec<String> {
    let mut secret_follows = false;
    let shown = |argument: String| {
        if std::mem::take(&mut secret_follows) {
            return HIDDEN.to_owned();
        }
        let (flag, value) = argument
            .split_once('=')
            .map_or((&*argument, None), |(flag, value)| (flag, Some(value)));
        match (is_secret(flag, command), value) {
            (true, Some(_)) => format!("{flag}={HIDDEN}"),
            (secret, _) => {
                secret_follows = secret;
                without_secrets(&argument)
            }
        }
    };
    arguments.map(shown).collect()
}

/// Returns whether the value of a flag is secret: `--help` hides the values of such variables.
fn is_secret(flag: &str, command: &Command) -> bool {
    let name = flag.strip_prefix("--");
    let here = command
        .get_arguments()
        .any(|arg| arg.is_hide_env_values_set() && arg.get_long() == name);
    name.is_some()
        && (here
            || command
                .get_subcommands()
                .any(|command| is_secret(flag, command)))
}

/// Returns the error without values that may be secret.
pub fn without_secrets_in(error: clap::Error, command: &Command) -> clap::Error {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(usage)) => usage.split([' ', '=']).next().unwrap_or_default(),
        _ => "",
    };
    let value_is_secret = is_secret(flag, command);
    masked(error, |kind, text| {
        if value_is_secret && kind == ContextKind::InvalidValue {
            NOT_SHOWN.to_owned()
        } else {
            without_secrets(text)
        }
    })
}
