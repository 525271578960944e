//! Parses the command line. Its errors, and the line itself in results, are shown without secrets.

use crate::service_links;
use clap::{Command, Parser};
use service::config::secrets::{without_secret_values, without_secrets_in};
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
