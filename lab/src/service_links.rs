//! Variables that Kubernetes sets in every container of a namespace: for a Service named `ws` there is
//! `WS_PORT=tcp://10.0.0.1:8080`, as there was for linked containers of Docker. Here `WS_PORT` is a number.

use clap::{ArgMatches, Command, builder::Resettable};
use std::{env, ffi::OsStr};

/// What the names of such variables end with, among the names that are read here.
const SUFFIX: &str = "_PORT";

/// The command, reading no variable that holds such a link.
pub(crate) fn without(command: Command) -> Command {
    without_those(command, &is_link)
}

/// The variables that this command would have read.
pub(crate) fn ignored(mut command: &Command, mut matches: &ArgMatches) -> Vec<String> {
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

fn without_those(command: Command, is_link: &impl Fn(&OsStr) -> bool) -> Command {
    let command = command.mut_args(|arg| match arg.get_env().is_some_and(is_link) {
        true => arg.env(Resettable::Reset),
        false => arg,
    });
    command.mut_subcommands(|subcommand| without_those(subcommand, is_link))
}

fn is_link(name: &OsStr) -> bool {
    let value = env::var_os(name).unwrap_or_default();
    name.to_string_lossy().ends_with(SUFFIX) && value.to_string_lossy().contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_is_rid_of_them() {
        let command = without_those(crate::Lab::command(), &|name| {
            name == "WS_PORT" || name == "TOPOLOGY_PORT"
        });
        let read = |name: &str| {
            let page = command.find_subcommand("page").unwrap();
            page.get_arguments()
                .any(|arg| arg.get_env().is_some_and(|env| env == name))
        };
        assert!(read("SSE_PORT") && read("PORT") && !read("WS_PORT") && !read("TOPOLOGY_PORT"));
    }
}
