//! Ignores the service links of Kubernetes. For a Service named `ws`, it sets
//! `WS_PORT=tcp://10.0.0.1:8080` in every container of the namespace, but here `WS_PORT` is a port
//! number.

use clap::{ArgMatches, Command, builder::Resettable};
use std::{env, ffi::OsStr};

/// The suffix of these variables.
const SUFFIX: &str = "_PORT";

/// Returns the command without the variables that hold such a link.
pub fn without(command: Command) -> Command {
    without_matching(command, &is_link)
}

/// Returns the variables that this command ignores.
pub fn ignored(mut command: &Command, mut matches: &ArgMatches) -> Vec<String> {
    while let Some((name, chosen)) = matches.subcommand() {
        let Some(subcommand) = command.find_subcommand(name) else {
            break;
        };
        (command, matches) = (subcommand, chosen);
    }
    let variables = command.get_arguments().filter_map(|arg| arg.get_env());
    variables
        .filter(|name| is_link(name))
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Returns the command without the variables whose value matches.
pub fn without_matching(command: Command, is_link: &impl Fn(&OsStr) -> bool) -> Command {
    let command = command.mut_args(|arg| {
        if arg.get_env().is_some_and(is_link) {
            arg.env(Resettable::Reset)
        } else {
            arg
        }
    });
    command.mut_subcommands(|subcommand| without_matching(subcommand, is_link))
}

fn is_link(name: &OsStr) -> bool {
    let value = env::var_os(name).unwrap_or_default();
    name.to_string_lossy().ends_with(SUFFIX) && value.to_string_lossy().contains("://")
}
